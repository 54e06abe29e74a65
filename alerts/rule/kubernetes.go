package rule

import (
	"time"

	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// kubernetes are symptoms of the cluster.
func kubernetes() Group {
	return Group{Name: "kubernetes", Interval: time.Minute, Alerts: []Alert{
		workloadDown(), podsNotReady(), podsWithoutNode(), containerRestarts(), killedForMemory(), autoscalerAtMaximum(), nodeInTrouble(),
	}}
}

func workloadDown() Alert {
	return Alert{
		Name: "WorkloadDown", Severity: Page, Audience: Operations, Subject: Kubernetes,
		When: query.Either(query.Compared(query.AvailableDeployments(), "==", 0),
			query.Compared(query.AvailableStatefulSets(), "==", 0)),
		For: 5 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "a roll-out of a single pod takes a minute or two",
		Summary: text.Message{
			EN: "No pod of {{ $labels.namespace }}/{{ or $labels.deployment $labels.statefulset }} serves",
			RU: "Не работает ни один под {{ $labels.namespace }}/{{ or $labels.deployment $labels.statefulset }}",
		},
		Description: text.Message{
			EN: "{{ $labels.namespace }}/{{ or $labels.deployment $labels.statefulset }} should have pods and has none that is available.",
			RU: "У {{ $labels.namespace }}/{{ or $labels.deployment $labels.statefulset }} должны быть поды, но ни один не доступен.",
		},
		Look: Panel{"operations-kubernetes", "available"},
	}
}

func podsNotReady() Alert {
	return Alert{
		Name: "PodsNotReady", Severity: Ticket, Audience: Operations, Subject: Kubernetes,
		When: query.UnreadyPods(),
		For:  15 * time.Minute, KeepFiring: 15 * time.Minute,
		Because: "a roll-out takes minutes; a pod that becomes ready and fails again is told of once",
		Summary: text.Message{
			EN: "{{ $labels.pod }} is not ready",
			RU: "{{ $labels.pod }} не готов",
		},
		Description: text.Message{
			EN: "{{ $labels.namespace }}/{{ $labels.pod }} should serve and has not been ready for a quarter of an hour.",
			RU: "{{ $labels.namespace }}/{{ $labels.pod }} должен работать, но уже четверть часа не готов.",
		},
		Look: Panel{"operations-kubernetes", "not-ready"},
	}
}

func podsWithoutNode() Alert {
	return Alert{
		Name: "PodsWithoutNode", Severity: Ticket, Audience: Operations, Subject: Kubernetes,
		When: query.UnplacedPods(),
		For:  10 * time.Minute, KeepFiring: 10 * time.Minute,
		Because: "a cluster that grows by itself has a new node within minutes",
		Summary: text.Message{
			EN: "No node has room for {{ $labels.pod }}",
			RU: "Ни на одном узле нет места для {{ $labels.pod }}",
		},
		Description: text.Message{
			EN: "{{ $labels.namespace }}/{{ $labels.pod }} has been waiting for a node for 10 minutes. Add a node, or lower what pods ask for.",
			RU: "{{ $labels.namespace }}/{{ $labels.pod }} 10 минут ждёт узла. Добавьте узел или уменьшите то, что просят поды.",
		},
		Look: Panel{"operations-kubernetes", "without-node"},
	}
}

func containerRestarts() Alert {
	return Alert{
		Name: "ContainerRestarts", Severity: Ticket, Audience: Operations, Subject: Kubernetes,
		When: query.Compared(query.RestartsOfContainers("1h"), ">=", 3),
		For:  0, KeepFiring: 30 * time.Minute,
		Because: "three restarts are the wait; Kubernetes waits longer and longer between them",
		Summary: text.Message{
			EN: `{{ $labels.pod }} restarted {{ printf "%.0f" $value }} times in an hour`,
			RU: `{{ $labels.pod }} перезапускался за час: {{ printf "%.0f" $value }}`,
		},
		Description: text.Message{
			EN: `The container {{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} restarted {{ printf "%.0f" $value }} times in ` +
				"the last hour. What restarts again and again is not mended by it.",
			RU: `Контейнер {{ $labels.container }} пода {{ $labels.namespace }}/{{ $labels.pod }} за последний час перезапускался: ` +
				`{{ printf "%.0f" $value }}. Если перезапуски идут подряд, они не лечат.`,
		},
		Look: Panel{"operations-kubernetes", "restarts-by-container"},
	}
}

func killedForMemory() Alert {
	return Alert{
		Name: "KilledForMemory", Severity: Ticket, Audience: Operations, Subject: Kubernetes,
		When: query.Compared(query.KillsOfContainers("1h"), ">=", 1),
		For:  0, KeepFiring: 30 * time.Minute,
		Because: "one kill is a fact; more of them are told together",
		Summary: text.Message{
			EN: "{{ $labels.pod }} was killed for its memory",
			RU: "{{ $labels.pod }} убит из-за памяти",
		},
		Description: text.Message{
			EN: `The memory of the container {{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} was at its limit; restarts in ` +
				`the last hour: {{ printf "%.0f" $value }}. The limit is too low, or something leaks.`,
			RU: `Контейнер {{ $labels.container }} пода {{ $labels.namespace }}/{{ $labels.pod }} упёрся в лимит памяти; перезапусков за последний ` +
				`час: {{ printf "%.0f" $value }}. Лимит мал, или память утекает.`,
		},
		Look: Panel{"operations-kubernetes", "memory"},
	}
}

func autoscalerAtMaximum() Alert {
	return Alert{
		Name: "AutoscalerAtMaximum", Severity: Ticket, Audience: Operations, Subject: Kubernetes,
		When: query.ExhaustedAutoscalers(),
		For:  30 * time.Minute, KeepFiring: 15 * time.Minute,
		Because: "a rush that it just carries is what it is for",
		Summary: text.Message{
			EN: "{{ $labels.horizontalpodautoscaler }} has as many pods as it may: {{ $value }}",
			RU: "У {{ $labels.horizontalpodautoscaler }} уже столько подов, сколько можно: {{ $value }}",
		},
		Description: text.Message{
			EN: "The autoscaler {{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} has been at its maximum of {{ $value }} pods for half " +
				"an hour. More load than now makes everything slower.",
			RU: "Автоскейлер {{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} полчаса на максимуме, подов: {{ $value }}. Если нагрузка " +
				"вырастет, всё станет медленнее.",
		},
		Look: Panel{"operations-kubernetes", "replicas"},
	}
}

func nodeInTrouble() Alert {
	return Alert{
		Name: "NodeOrVolumeInTrouble", Severity: Ticket, Audience: Operations, Subject: Kubernetes,
		When: query.Either(query.OfOurPods(query.UnwellNodes()), query.UnwellClaims()),
		For:  10 * time.Minute, KeepFiring: 10 * time.Minute,
		Because: "a node that is replaced is gone within minutes",
		Summary: text.Message{
			EN: "{{ or $labels.node $labels.persistentvolumeclaim }} is not well",
			RU: "{{ or $labels.node $labels.persistentvolumeclaim }} не в порядке",
		},
		Description: text.Message{
			EN: "{{ if $labels.node }}The node {{ $labels.node }} is down, or runs short of memory, disk or processes.{{ else }}The claim " +
				"{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} has no volume, and its pod cannot start.{{ end }}",
			RU: "{{ if $labels.node }}Узел {{ $labels.node }} недоступен, или ему не хватает памяти, диска или процессов.{{ else }}У заявки " +
				"{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} нет тома, и её под не стартует.{{ end }}",
		},
		Look: Panel{"operations-kubernetes", "node-states"},
	}
}
