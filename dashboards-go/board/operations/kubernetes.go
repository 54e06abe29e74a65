package operations

import (
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Kubernetes is the dashboard "Kubernetes". What its readers want to know, often at night:
//
//   - Does everything run that should, and if not, since when?
//   - What falls over again and again, and does it lack memory?
//   - Which workload runs into its limits?
//   - Is there room to grow: for the autoscaler, and on the nodes?
//   - Is it a node, a volume or the network?
func Kubernetes(s panel.Style) *panel.Board {
	return s.Board(Folder, "operations-kubernetes",
		text.Same("Kubernetes"),
		text.Message{
			EN: "Whether the cluster runs what it should, and has room for more. Its figures come from kube-state-metrics and " +
				"cAdvisor.",
			RU: "Работает ли в кластере всё, что должно, и есть ли запас. Данные собирают kube-state-metrics и cAdvisor.",
		}).
		Since(lately).
		Choice("namespace", text.Message{EN: "Namespace", RU: "Пространство имён"}, query.Namespaces()).
		Panel("not-ready", podsNotReady(s)).
		Panel("without-node", podsWithoutNode(s)).
		Panel("restarts", restartsInRange(s)).
		Panel("killed", killedForMemory(s)).
		Panel("autoscalers", autoscalersAtMaximum(s)).
		Panel("trouble", nodesInTrouble(s)).
		Row("runs", text.Message{EN: "What runs", RU: "Что работает"}).
		Panel("available", workloadStates(s)).
		Panel("restarts-by-container", restartsByContainer(s)).
		Row("limits", text.Message{EN: "Workloads and their limits", RU: "Рабочие нагрузки и их лимиты"}).
		Panel("workloads", workloads(s)).
		Panel("memory", memoryOfLimit(s)).
		Panel("network", networkByWorkload(s)).
		Row("room", text.Message{EN: "Room to grow", RU: "Запас"}).
		Panel("replicas", replicas(s)).
		Panel("nodes", nodes(s)).
		Panel("node-states", nodeStates(s))
}

// A rollout replaces a pod or two at a time; five are an outage of something.
func podsNotReady(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Pods not ready", RU: "Поды не готовы"},
		Description: text.Message{
			EN: "Pods that should serve and do not. A few for a minute are a rollout; any that stay want a look: kubectl " +
				"describe pod says why.",
			RU: "Поды, которые должны работать и не работают. Несколько на минуту — выкладка; если остаются, посмотрите: " +
				"причину скажет kubectl describe pod.",
		},
		Unit: panel.Count,
	}, now(query.PodsNotReady(), panel.Neutral), panel.WorseAbove(1, 5))
}

func podsWithoutNode(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Pods without a node", RU: "Поды без узла"},
		Description: text.Message{
			EN: "Pods that no node has room for. They wait until somebody adds a node or lowers what they ask for; the nodes " +
				"below say what is short.",
			RU: "Поды, которым не нашлось места ни на одном узле. Они ждут, пока кто-нибудь добавит узел или уменьшит их " +
				"запросы; чего не хватает, видно по узлам ниже.",
		},
		Unit: panel.Count,
	}, now(query.PodsWithoutNode(), panel.Neutral), panel.WorseAbove(1, 1))
}

func restartsInRange(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Restarts", RU: "Перезапуски"},
		Description: text.Message{
			EN: "Restarts of containers within the time range. A single one mends itself; more are a container that crashes in " +
				"a loop, named below.",
			RU: "Перезапуски контейнеров за выбранный период. Единичный проходит сам; если их много, какой-то контейнер падает " +
				"по кругу, он назван ниже.",
		},
		Unit: panel.Count,
	}, ranged(query.Restarts(inRange), panel.Neutral), panel.WorseAbove(1, 10)).Decimals(0)
}

func killedForMemory(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Killed for memory", RU: "Убиты из-за памяти"},
		Description: text.Message{
			EN: "Restarts within the time range of containers that last ended at their memory limit. Look at their line of " +
				"memory: a slope is a leak, a jump is a limit that is too low.",
			RU: "Перезапуски за выбранный период у контейнеров, которые в последний раз упёрлись в лимит памяти. Посмотрите на " +
				"их линию памяти: наклон — утечка, скачок — слишком низкий лимит.",
		},
		Unit: panel.Count,
	}, ranged(query.KilledForMemory(inRange), panel.Neutral), panel.WorseAbove(1, 5)).Decimals(0)
}

func autoscalersAtMaximum(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Autoscalers at limit", RU: "HPA на максимуме"},
		Description: text.Message{
			EN: "Autoscalers that have as many pods as they may. More load now only makes the queue longer: raise the maximum if " +
				"the nodes have room.",
			RU: "Автоскейлеры, у которых уже столько подов, сколько можно. Дальше нагрузка только удлиняет очередь: поднимите " +
				"максимум, если на узлах есть место.",
		},
		Unit: panel.Count,
	}, now(query.AutoscalersAtMaximum(), panel.Neutral), panel.WorseAbove(1, 1))
}

func nodesInTrouble(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Nodes, volumes down", RU: "Сбои узлов и томов"},
		Description: text.Message{
			EN: "Nodes that are not ready or run short, and claims that have no volume. The picture at the bottom names them.",
			RU: "Узлы, которые не готовы или которым чего-то не хватает, и заявки, не получившие тома. Названы на картинке внизу.",
		},
		Unit: panel.Count,
	}, now(query.InTrouble(), panel.Neutral), panel.WorseAbove(1, 1))
}

func workloadStates(s panel.Style) *panel.StateTimeline {
	return s.States(panel.About{
		Title: text.Message{EN: "Which pods serve", RU: "Какие поды работают"},
		Description: text.Message{
			EN: "Each Deployment and StatefulSet: whether all, some or none of the wanted pods serve. Orange for a minute is a " +
				"rollout, for longer a pod that does not start; red is an outage.",
			RU: "По каждому Deployment и StatefulSet: работают все нужные поды, часть или ни одного. Оранжевый на " +
				"минуту — выкладка, дольше — под не запускается; красный — сервис лежит.",
		},
		Unit: panel.Count,
	}, []panel.Word{
		{Value: query.AllAvailable, Name: text.Message{EN: "all", RU: "все"}, Color: "#56A64B"},
		{Value: query.SomeAvailable, Name: text.Message{EN: "some", RU: "часть"}, Color: "#FF9830"},
		{Value: query.NoneAvailable, Name: text.Message{EN: "none", RU: "ни одного"}, Color: "#E02F44"},
	},
		panel.Series{Query: query.AvailableDeployments(), Name: text.Same("{{namespace}} {{deployment}}")},
		panel.Series{Query: query.AvailableStatefulSets(), Name: text.Same("{{namespace}} {{statefulset}}")},
	)
}

func restartsByContainer(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Restarts by container, the 10 most", RU: "Перезапуски по контейнерам, первые 10"},
		Description: text.Message{
			EN: "Restarts within the time range. One container alone is its own fault: kubectl logs --previous shows its last " +
				"words. Many at once are a node or something that all need.",
			RU: "Перезапуски за выбранный период. Один контейнер — виноват он сам: его последние слова покажет kubectl logs " +
				"--previous. Много сразу — узел или то, что нужно всем.",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.RestartsByContainer(10, inRange), Name: text.Same("{{namespace}} {{pod}} {{container}}"), Color: panel.Bad,
	}).Decimals(0)
}

// Above all that it asked for, a workload may use what others leave, until they want it back; a container is killed when it is
// at its limit of memory, and one that is held back in a quarter of its periods answers noticeably later.
func workloads(s panel.Style) *panel.Table {
	processor := text.Message{EN: "processors", RU: "процессоры"}
	return s.Table(panel.About{
		Title: text.Message{EN: "Workloads compared", RU: "Сравнение рабочих нагрузок"},
		Description: text.Message{
			EN: "Processors and memory at present, as shares of what was requested and of the limit. Held back in more than " +
				"25% of periods: raise the limit. Above 100% of the request: raise the request, or a full node will slow it down. " +
				"Memory above 90% of the limit: it is killed soon.",
			RU: "Процессоры и память сейчас, в долях от запрошенного и от лимита. Придержаны больше чем в 25% периодов — поднимите " +
				"лимит. Больше 100% запрошенного — поднимите запрос, иначе на полном узле станет медленно. Память выше 90% " +
				"лимита — скоро убьют.",
		},
		Unit: panel.Count,
	}, []panel.Key{
		{Label: "owner_name", Name: text.Message{EN: "Workload", RU: "Рабочая нагрузка"}},
		{Label: "namespace", Name: text.Message{EN: "Namespace", RU: "Пространство имён"}, Width: 150},
	}, []panel.Column{
		{Name: processor, Query: query.Sorted(query.CPUUsed()), Unit: panel.Count, Decimals: panel.Digits(2), Width: 110},
		{
			Name: text.Message{EN: "of request", RU: "от запроса"}, Decimals: panel.Digits(0),
			Query: query.CPUOfRequest(), Unit: panel.Share, Bar: panel.Submissions, Max: 1.5, Levels: panel.WorseAbove(1, 1.5),
		},
		{
			Name: text.Message{EN: "of limit", RU: "от лимита"}, Decimals: panel.Digits(0),
			Query: query.CPUOfLimit(), Unit: panel.Share, Bar: panel.Submissions, Max: 1, Levels: panel.WorseAbove(metrics.BusyShare, 0.95),
		},
		{
			Name: text.Message{EN: "held back", RU: "придержаны"}, Width: 120, Decimals: panel.Digits(0),
			Query: query.Throttled(), Unit: panel.Share, Levels: panel.WorseAbove(0.1, 0.25),
		},
		{Name: text.Message{EN: "memory", RU: "память"}, Query: query.MemoryUsed(), Unit: panel.Bytes, Width: 110},
		{
			Name: text.Message{EN: "memory of limit", RU: "память от лимита"}, Decimals: panel.Digits(0),
			Query: query.MemoryOfLimit(), Unit: panel.Share, Bar: panel.Neutral, Max: 1, Levels: panel.WorseAbove(0.75, 0.9),
		},
	}).Span(24).Height(9)
}

func memoryOfLimit(s panel.Style) *panel.Timeseries {
	return panel.Limit(s.Lines(panel.About{
		Title: text.Message{EN: "Memory as a share of the limit", RU: "Память в доле от лимита"},
		Description: text.Message{
			EN: "For each workload, its container that is nearest to its limit. A slope is a leak, and a fall after it the kill; " +
				"the dashed line at 90% is where to act.",
			RU: "Для каждой рабочей нагрузки — контейнер, который ближе всех к лимиту. Наклон — утечка, обрыв после него — контейнер " +
				"убит; пунктир на 90% — пора вмешаться.",
		},
		Unit: panel.Share,
	}, panel.Series{Query: query.MemoryOfLimit(), Name: text.Same("{{namespace}} {{owner_name}}")}), 0.9)
}

func networkByWorkload(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Network by workload", RU: "Сеть по рабочим нагрузкам"},
		Description: text.Message{
			EN: "What each workload receives and sends. All falling at once is a network that is cut; one that rises without " +
				"more requests downloads something again and again.",
			RU: "Что каждая рабочая нагрузка получает и отправляет. Все упали разом — оборвалась сеть; одна растёт, а запросов не " +
				"больше — она что-то скачивает снова и снова.",
		},
		Unit: panel.BytesRate,
	},
		panel.Series{Query: query.NetworkReceived(), Name: text.Message{
			EN: "{{namespace}} {{owner_name}} in", RU: "{{namespace}} {{owner_name}} приём",
		}},
		panel.Series{Query: query.NetworkSent(), Name: text.Message{
			EN: "{{namespace}} {{owner_name}} out", RU: "{{namespace}} {{owner_name}} отправка",
		}},
	)
}

func replicas(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Pods of autoscalers", RU: "Поды автоскейлеров"},
		Description: text.Message{
			EN: "How many pods each autoscaler has, wants, and may have. Wanted above what it has for long: new pods do not " +
				"start. Flat at the most: it would want more than it may.",
			RU: "Сколько подов у каждого автоскейлера есть, сколько он хочет и сколько может. Долго хочет больше, чем есть, — " +
				"новые поды не запускаются. Лежит на максимуме — хотел бы больше, чем можно.",
		},
		Unit: panel.Count,
	},
		panel.Series{Query: query.ScaledReplicas(), Name: text.Message{
			EN: "{{namespace}} {{horizontalpodautoscaler}} has", RU: "{{namespace}} {{horizontalpodautoscaler}} есть",
		}},
		panel.Series{Query: query.WantedReplicas(), Name: text.Message{
			EN: "{{namespace}} {{horizontalpodautoscaler}} wants", RU: "{{namespace}} {{horizontalpodautoscaler}} хочет",
		}},
		panel.Series{Query: query.MostReplicas(), Name: text.Message{
			EN: "{{namespace}} {{horizontalpodautoscaler}} at most", RU: "{{namespace}} {{horizontalpodautoscaler}} не больше",
		}},
	).Span(8)
}

// A node that is asked for nine tenths has no room for what comes when another node is lost.
func nodes(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "Nodes, and what is requested of them", RU: "Узлы и что на них запрошено"},
		Description: text.Message{
			EN: "What pods may have on each node, and the share that those of all namespaces asked for. Above 90% a further pod " +
				"hardly fits: add a node before raising the maximum of an autoscaler.",
			RU: "Сколько поды могут взять на каждом узле и какую долю запросили поды всех пространств имён. Больше " +
				"90% — ещё один под вряд ли поместится: добавьте узел, прежде чем поднимать максимум автоскейлера.",
		},
		Unit: panel.Count,
	}, []panel.Key{{Label: "node", Name: text.Message{EN: "Node", RU: "Узел"}}}, []panel.Column{
		{Name: text.Message{EN: "processors", RU: "процессоры"}, Query: query.NodeCPU(), Unit: panel.Count, Width: 110},
		{
			Name: text.Message{EN: "requested", RU: "запрошено"}, Decimals: panel.Digits(0),
			Query: query.NodeCPURequested(), Unit: panel.Share, Bar: panel.Submissions, Max: 1, Levels: panel.WorseAbove(0.75, 0.9),
		},
		{Name: text.Message{EN: "memory", RU: "память"}, Query: query.NodeMemory(), Unit: panel.Bytes, Width: 110},
		{
			Name: text.Message{EN: "memory requested", RU: "запрошено памяти"}, Decimals: panel.Digits(0),
			Query: query.NodeMemoryRequested(), Unit: panel.Share, Bar: panel.Neutral, Max: 1, Levels: panel.WorseAbove(0.75, 0.9),
		},
	}).Span(16)
}

func nodeStates(s panel.Style) *panel.StateTimeline {
	return s.States(panel.About{
		Title: text.Message{EN: "Nodes and volumes", RU: "Узлы и тома"},
		Description: text.Message{
			EN: "Each node and each claim. Orange is a node that runs short of disk, memory or processes and soon throws pods " +
				"out. Red is a node that is not ready, or a claim without a volume: its pod does not start, " +
				"unless the claim itself waits for its first pod.",
			RU: "Каждый узел и каждая заявка на том. Оранжевый — узлу не хватает диска, памяти или процессов, и скоро он начнёт " +
				"вытеснять поды. Красный — узел не готов или у заявки нет тома: её под не запустится, если только сама заявка " +
				"не ждёт первого пода.",
		},
		Unit: panel.Count,
	}, []panel.Word{
		{Value: query.Well, Name: text.Message{EN: "well", RU: "в порядке"}, Color: "#56A64B"},
		{Value: query.InPressure, Name: text.Message{EN: "runs short", RU: "чего-то не хватает"}, Color: "#FF9830"},
		{Value: query.Down, Name: text.Message{EN: "not ready", RU: "не готов"}, Color: "#E02F44"},
	},
		panel.Series{Query: query.NodeStates(), Name: text.Same("{{node}}")},
		panel.Series{Query: query.ClaimStates(), Name: text.Same("{{namespace}} {{persistentvolumeclaim}}")},
	).Span(24)
}
