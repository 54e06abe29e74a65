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
		When: query.Either(query.Standing(query.Compared(query.AvailableDeployments(), "==", 0), "5m"),
			query.Standing(query.Compared(query.AvailableStatefulSets(), "==", 0), "5m")),
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
		When: query.Compared(query.Standing(query.PodsNotReady(), "5m"), ">", 0),
		For:  15 * time.Minute, KeepFiring: 15 * time.Minute,
		Because: "a roll-out takes minutes; one pod that becomes ready and fails again is told of once",
		Summary: text.Message{
			EN: "Pods that are not ready: {{ $value }}",
			RU: "Не готовы поды: {{ $value }}",
		},
		Description: text.Message{
			EN: "Pods that should serve and have not been ready for a quarter of an hour: {{ $value }}.",
			RU: "Подов, которые должны работать, но четверть часа не готовы: {{ $value }}.",
		},
		Look: Panel{"operations-kubernetes", "not-ready"},
	}
}

func podsWithoutNode() Alert {
	return Alert{
		Name: "PodsWithoutNode", Severity: Ticket, Audience: Operations, Subject: Kubernetes,
		When: query.Compared(query.Standing(query.PodsWithoutNode(), "5m"), ">", 0),
		For:  10 * time.Minute, KeepFiring: 10 * time.Minute,
		Because: "a cluster that grows by itself has a new node within minutes",
		Summary: text.Message{
			EN: "Pods for which no node has room: {{ $value }}",
			RU: "Ни на одном узле нет места подам: {{ $value }}",
		},
		Description: text.Message{
			EN: "Pods that have been waiting for a node for 10 minutes: {{ $value }}. Add a node, or lower what pods ask for.",
			RU: "Подов, которые 10 минут ждут узла: {{ $value }}. Добавьте узел или уменьшите то, что просят поды.",
		},
		Look: Panel{"operations-kubernetes", "without-node"},
	}
}

func containerRestarts() Alert {
	return Alert{
		Name: "ContainerRestarts", Severity: Ticket, Audience: Operations, Subject: Kubernetes,
		When: query.Compared(query.Standing(query.RestartsOfContainers("1h"), "5m"), ">=", 3),
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
		When: query.Compared(query.Standing(query.KilledForMemory("1h"), "5m"), ">=", 1),
		For:  0, KeepFiring: 30 * time.Minute,
		Because: "one kill is a fact; more of them are told together",
		Summary: text.Message{
			EN: `Kills of containers for their memory in an hour: {{ printf "%.0f" $value }}`,
			RU: `За час контейнеры убиты из-за памяти: {{ printf "%.0f" $value }}`,
		},
		Description: text.Message{
			EN: `Restarts in the last hour of containers whose memory was at its limit: {{ printf "%.0f" $value }}. The limit is too low, or ` +
				"something leaks.",
			RU: `Перезапусков за последний час у контейнеров, упёршихся в лимит памяти: {{ printf "%.0f" $value }}. Лимит мал, или память утекает.`,
		},
		Look: Panel{"operations-kubernetes", "memory"},
	}
}

func autoscalerAtMaximum() Alert {
	return Alert{
		Name: "AutoscalerAtMaximum", Severity: Ticket, Audience: Operations, Subject: Kubernetes,
		When: query.Compared(query.Standing(query.AutoscalersExhausted(), "5m"), ">", 0),
		For:  30 * time.Minute, KeepFiring: 15 * time.Minute,
		Because: "a rush that it just carries is what it is for",
		Summary: text.Message{
			EN: "Autoscalers that have as many pods as they may: {{ $value }}",
			RU: "На пределе автоскейлеров: {{ $value }}",
		},
		Description: text.Message{
			EN: "Autoscalers that have been at their maximum for half an hour: {{ $value }}. More load than now makes everything slower.",
			RU: "Автоскейлеров, которые полчаса на максимуме: {{ $value }}. Если нагрузка вырастет, всё станет медленнее.",
		},
		Look: Panel{"operations-kubernetes", "replicas"},
	}
}

func nodeInTrouble() Alert {
	return Alert{
		Name: "NodeOrVolumeInTrouble", Severity: Ticket, Audience: Operations, Subject: Kubernetes,
		When: query.Compared(query.Standing(query.InTrouble(), "5m"), ">", 0),
		For:  10 * time.Minute, KeepFiring: 10 * time.Minute,
		Because: "a node that is replaced is gone within minutes",
		Summary: text.Message{
			EN: "Nodes and volumes that are not well: {{ $value }}",
			RU: "Не в порядке узлы или тома: {{ $value }}",
		},
		Description: text.Message{
			EN: "Nodes that are down or run short of memory, disk or processes, and claims that have no volume: {{ $value }}.",
			RU: "Узлов, которые недоступны или которым не хватает памяти, диска или процессов, и заявок без тома: {{ $value }}.",
		},
		Look: Panel{"operations-kubernetes", "node-states"},
	}
}
