package query

// Namespaces lists the namespaces that have pods.
func Namespaces() string { return "label_values(kube_pod_info, namespace)" }

// A second replica of kube-state-metrics shows everything once more, and so may a second scrape of cAdvisor: every series is
// made one by the largest before anything is summed or counted.

// UnreadyPods are the pods that should serve and do not.
func UnreadyPods() Expression {
	return largest("pod", kube("kube_pod_status_phase", `phase=~"Pending|Running|Unknown"`)) + " == 1\n" +
		"unless " + largest("pod", kube("kube_pod_status_ready", `condition="true"`)) + " == 1"
}

// PodsNotReady is how many there are; a few for a minute are a rollout, any for longer is an outage.
func PodsNotReady() Expression { return countOf(UnreadyPods(), somePod) }

// UnplacedPods are the pods that no node has room for.
func UnplacedPods() Expression {
	return largest("pod", kube("kube_pod_status_unschedulable")) + " == 1"
}

// PodsWithoutNode is how many there are; they wait until somebody adds a node or lowers requests.
func PodsWithoutNode() Expression { return countOf(UnplacedPods(), somePod) }

// Restarts is how often containers restarted within the window; what restarts again and again is not mended by it.
func Restarts(window string) Expression { return "sum (" + restarts(window) + ")" }

// RestartsOfContainers is that for each container.
func RestartsOfContainers(window string) Expression {
	return "sum by (namespace, pod, container) (" + restarts(window) + ")"
}

// RestartsByContainer is that of the n that restarted most, the most first.
func RestartsByContainer(n int, window string) Expression {
	return Largest(n, RestartsOfContainers(window))
}

// KillsOfContainers is how many restarts there were of each container that last ended because its memory was at its limit.
func KillsOfContainers(window string) Expression {
	return RestartsOfContainers(window) + "\nand " +
		largest("pod, container", kube("kube_pod_container_status_last_terminated_reason", `reason="OOMKilled"`)) + " == 1"
}

// KilledForMemory is that over all containers; any means that the limit is too low or something leaks.
func KilledForMemory(window string) Expression {
	return OrZero(Expression("sum ("+inner(KillsOfContainers(window))+")"), somePod)
}

// The values of AvailableDeployments and AvailableStatefulSets.
const (
	NoneAvailable = "0"
	SomeAvailable = "1"
	AllAvailable  = "2"
)

// AvailableDeployments is whether all, some or none of each deployment's pods serve; some for longer than a rollout is trouble.
func AvailableDeployments() Expression {
	return available("deployment", "kube_deployment_status_replicas_available", "kube_deployment_spec_replicas")
}

// AvailableStatefulSets is that of each stateful set.
func AvailableStatefulSets() Expression {
	return available("statefulset", "kube_statefulset_status_replicas_available", "kube_statefulset_replicas")
}

// AutoscalersAtMaximum is how many autoscalers have as many pods as they may; more load than now makes everything slower.
func AutoscalersAtMaximum() Expression {
	return countOf(atMaximum(), somePod)
}

func atMaximum() Expression { return ScaledReplicas() + "\n>= " + MostReplicas() }

// ExhaustedAutoscalers are those of them that may have fewer pods too: one that always has the same number scales nothing.
func ExhaustedAutoscalers() Expression {
	return atMaximum() + "\n> " +
		largest("horizontalpodautoscaler", kube("kube_horizontalpodautoscaler_spec_min_replicas"))
}

// ScaledReplicas is how many pods each autoscaler has.
func ScaledReplicas() Expression {
	return largest("horizontalpodautoscaler", kube("kube_horizontalpodautoscaler_status_current_replicas"))
}

// WantedReplicas is how many it wants; more than it has for long means that new pods do not start.
func WantedReplicas() Expression {
	return largest("horizontalpodautoscaler", kube("kube_horizontalpodautoscaler_status_desired_replicas"))
}

// MostReplicas is how many it may have; at this line it helps no more.
func MostReplicas() Expression {
	return largest("horizontalpodautoscaler", kube("kube_horizontalpodautoscaler_spec_max_replicas"))
}

// NodeCPURequested is the share of each node's processors that its pods asked for; near 1 no further pod fits.
func NodeCPURequested() Expression { return requestedOfNode("cpu") }

// NodeMemoryRequested is the share of each node's memory that its pods asked for; near 1 no further pod fits.
func NodeMemoryRequested() Expression { return requestedOfNode("memory") }

// NodeCPU is how many processors pods may have on each node.
func NodeCPU() Expression {
	return `max by (node) (kube_node_status_allocatable{resource="cpu"})`
}

// NodeMemory is how much memory pods may have on each node.
func NodeMemory() Expression {
	return `max by (node) (kube_node_status_allocatable{resource="memory"})`
}

// CPUUsed is how many processors each workload uses.
func CPUUsed() Expression { return ofWorkload(ofContainers("container_cpu_usage_seconds_total")) }

// CPUOfRequest is how much each workload uses of what it asked for; above 1 it lives on what others leave.
func CPUOfRequest() Expression {
	return Ratio(CPUUsed(), ofWorkload(largest("pod, container", kube("kube_pod_container_resource_requests", `resource="cpu"`))))
}

// CPUOfLimit is how much each workload uses of its limit; it is held back near 1, and for a moment far below it.
func CPUOfLimit() Expression {
	return Ratio(CPUUsed(), ofWorkload(largest("pod, container", kube("kube_pod_container_resource_limits", `resource="cpu"`))))
}

// Throttled is the share of its periods in which each workload was held back at its limit; above a quarter it is slow for
// that reason.
func Throttled() Expression {
	return Ratio(ofWorkload(ofContainers("container_cpu_cfs_throttled_periods_total")),
		ofWorkload(ofContainers("container_cpu_cfs_periods_total")))
}

// MemoryUsed is how much memory each workload needs, without what the kernel could take back.
func MemoryUsed() Expression { return ofWorkload(memory) }

// MemoryOfLimit is how near the container of each workload that is nearest is to its limit; at 1 it is killed.
func MemoryOfLimit() Expression {
	return "max by (namespace, owner_name) (\n  " + memory +
		"\n  / " + largest("pod, container", kube("kube_pod_container_resource_limits", `resource="memory"`)) +
		"\n  " + withOwner + "\n)"
}

// NetworkReceived is how many bytes in a second each workload gets; none for a service that others call is a network that is cut.
func NetworkReceived() Expression {
	return ofWorkload(ofInterfaces("container_network_receive_bytes_total"))
}

// NetworkSent is how many bytes in a second each workload sends.
func NetworkSent() Expression {
	return ofWorkload(ofInterfaces("container_network_transmit_bytes_total"))
}

// The values of NodeStates and ClaimStates.
const (
	Down       = "0" // a node that is not ready, or a claim without a volume
	InPressure = "1" // a node that runs short of disk, memory or processes
	Well       = "2"
)

// NodeStates is how each node is; one in pressure throws pods out, one that is down loses them.
func NodeStates() Expression {
	return `max by (node) (kube_node_status_condition{condition="Ready", status="true"})
* (2 - max by (node) (kube_node_status_condition{condition!="Ready", status="true"}))`
}

// ClaimStates is whether each claim has its volume; one without keeps its pod from starting.
func ClaimStates() Expression {
	return "2 * " + largest("persistentvolumeclaim", kube("kube_persistentvolumeclaim_status_phase", `phase="Bound"`))
}

// UnwellNodes and UnwellClaims are those that are not well.
func UnwellNodes() Expression  { return unwell(NodeStates()) }
func UnwellClaims() Expression { return unwell(ClaimStates()) }

func unwell(states Expression) Expression {
	return Expression(parenthesized(string(states)) + " < " + Well)
}

// OfOurPods keeps what of nodes has had pods of the namespaces within the last hour: one that is down soon has none.
func OfOurPods(nodes Expression) Expression {
	return And(nodes, Expression("on (node) last_over_time("+string(somePod)+"[1h])"))
}

// InTrouble is how many nodes and claims are not well; any wants a look before pods suffer.
func InTrouble() Expression {
	return Expression(operand(countOf(UnwellNodes(), "kube_node_info")) + "\n+ " + operand(countOf(UnwellClaims(), somePod)))
}

const (
	// namespaces are those that the reader chose. kube-state-metrics and cAdvisor are scraped with honor_labels, so that it is
	// the pod's and not theirs. Nodes have none.
	namespaces = `namespace=~"$namespace"`

	// somePod is the witness of what kube-state-metrics shows.
	somePod = Expression("kube_pod_info{" + namespaces + "}")

	// memory is that of each container. A pod's own row and that of its sandbox have no container and would count it twice.
	memory = Expression(`max by (namespace, pod, container) (container_memory_working_set_bytes{container!="", ` + namespaces + `})`)

	// withOwner says of each pod which workload it belongs to. The pods of a deployment belong to a replica set, those of a
	// cron job to a job: what Kubernetes adds to their names is taken off, which is digits and letters that form no words, and
	// the minute. Other names are whole, whatever they end with.
	withOwner = Expression(`* on (namespace, pod) group_left (owner_name) max by (namespace, pod, owner_name) (
    label_replace(kube_pod_owner{owner_kind="ReplicaSet", ` + namespaces + `}, "owner_name", "$1", "owner_name", "(.+)-[0-9b-df-hj-np-tv-xz]{5,10}")
    or label_replace(kube_pod_owner{owner_kind="Job", ` + namespaces + `}, "owner_name", "$1", "owner_name", "(.+)-[0-9]{8,10}")
    or kube_pod_owner{owner_kind!~"ReplicaSet|Job", ` + namespaces + `}
  )`)
)

// kube are the series of the namespaces that the reader chose.
func kube(name string, matchers ...string) string {
	return matching(name, append(matchers, namespaces)...)
}

// countOf is how many there are, as long as there is a witness.
func countOf(what, witness Expression) Expression {
	return OrZero(Expression("count ("+inner(what)+")"), witness)
}

// largest makes one series of those that are about the same.
func largest(labels, series string) Expression {
	return Expression("max by (namespace, " + labels + ") (" + series + ")")
}

// restarts is how often each container restarted within the window. A pod that came again under its old name has another uid.
func restarts(window string) Expression {
	return largest("pod, uid, container", "increase("+kube("kube_pod_container_status_restarts_total")+"["+window+"])")
}

// ofContainers is how fast a counter grows for each container.
func ofContainers(counter string) Expression {
	return largest("pod, container", "rate("+kube(counter, `container!=""`)+"[$__rate_interval])")
}

// ofInterfaces is how fast a counter grows for each of a pod's interfaces.
func ofInterfaces(counter string) Expression {
	return largest("pod, interface", "rate("+kube(counter, `pod!=""`)+"[$__rate_interval])")
}

// ofWorkload sums a figure of pods, or of their parts, by the workload that they belong to.
func ofWorkload(figure Expression) Expression {
	return "sum by (namespace, owner_name) (\n  " + figure + "\n  " + withOwner + "\n)"
}

// available is 2 where all pods that should be there serve, 1 where some do, 0 where none does. What is scaled to nothing is
// left out.
func available(label, serving, wanted string) Expression {
	has, wants := largest(label, kube(serving)), largest(label, kube(wanted))
	return "(" + has + " >= bool " + wants + ")\n+ (" + has + " > bool 0)\nand " + wants + " > 0"
}

// requestedOfNode is how much of a node's resource the pods on it asked for; those that have ended hold nothing. A node is
// full by the pods of all namespaces, so that none is chosen here.
func requestedOfNode(resource string) Expression {
	return Expression(`sum by (node) (
  max by (namespace, pod, container, node) (kube_pod_container_resource_requests{resource="` + resource + `", node!=""})
  and on (namespace, pod) max by (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Running"}) == 1
)
/ max by (node) (kube_node_status_allocatable{resource="` + resource + `"})`)
}
