package rule

import (
	"time"

	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// gradewatch is who watches the watcher. None of it hurts a student, so none of it wakes anybody up; but a silence that is taken
// for peace would, which is what the Watchdog is for.
func gradewatch() Group {
	return Group{Name: "gradewatch", Interval: time.Minute, Alerts: []Alert{
		watchdog(), gradewatchDown(), sourceDown(), exporterBehind(), recordsRejected(), reconciliationDrift(), reconciliationLate(), stateNotSaved(),
		labelOverflow(), accessStale(), targetDown(), configRejected(), rulesFail(), alertsNotSent(), notificationsFail(),
	}}
}

func watchdog() Alert {
	return Alert{
		Name: "Watchdog", Severity: Info, Audience: Operations, Subject: Gradewatch,
		When:    query.Expression("vector(1)"),
		Because: "it always fires: who stops hearing it knows that alerts do not arrive",
		Summary: text.Message{
			EN: "Alerts arrive",
			RU: "Алерты доходят",
		},
		Description: text.Message{
			EN: "This alert always fires. Something outside of here, a dead man's switch, expects it every few minutes and tells somebody when it " +
				"stays away.",
			RU: "Этот алерт горит всегда. Нечто снаружи ждёт его каждые несколько минут и поднимает тревогу, когда он пропадает.",
		},
		Look: Panel{"operations-gradewatch", "firing"},
	}
}

func gradewatchDown() Alert {
	return Alert{
		Name: "GradewatchDown", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.Either(query.Compared(query.Ready(), "==", 0), query.Absent(metrics.Ready)),
		For:  15 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "after a start without a state all history is read, which takes minutes",
		Summary: text.Message{
			EN: "Gradewatch has no figures",
			RU: "У Gradewatch нет показателей",
		},
		Description: text.Message{
			EN: "For a quarter of an hour no exporter, or none of a shard, has been ready: it is gone, or cannot read its source to the end. Dashboards stand still, " +
				"and alerts about checking are blind.",
			RU: "Четверть часа не готов ни один экспортер (или ни один в каком-то шарде): он пропал или не может дочитать источник. Дашборды стоят, а алерты о проверках слепы.",
		},
		Look: Panel{"operations-gradewatch", "ready"},
	}
}

func sourceDown() Alert {
	return Alert{
		Name: "SourceDown", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.Either(query.Compared(query.SourceUp(), "==", 0), query.Compared(query.FreshestLag(), ">", metrics.FreshObjective.Seconds())),
		For:  5 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "a restart of the database takes less",
		Summary: text.Message{
			EN: "Gradewatch cannot read its source",
			RU: "Gradewatch не может читать источник",
		},
		Description: text.Message{
			EN: "For 5 minutes no exporter, or none of a shard, has read the source to its end. Figures stay as they were, which looks like peace; nothing is lost, what came " +
				"meanwhile is read afterwards.",
			RU: "Уже 5 минут ни один экспортер (или ни один в каком-то шарде) не дочитывает источник. Показатели застыли, и это похоже на покой; ничего не потеряно, всё будет " +
				"прочитано потом.",
		},
		Look: Panel{"operations-gradewatch", "states"},
	}
}

func exporterBehind() Alert {
	return Alert{
		Name: "ExporterBehind", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.Behind(10 * time.Minute),
		For:  5 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "another instance shows the figures meanwhile; a comparison with the whole source may take minutes",
		Summary: text.Message{
			EN: "{{ $labels.instance }} shows figures of {{ $value | humanizeDuration }} ago",
			RU: "{{ $labels.instance }} показывает то, что было {{ $value | humanizeDuration }} назад",
		},
		Description: text.Message{
			EN: "{{ $labels.instance }} has not read its source to the end for {{ $value | humanizeDuration }}, while it answers Prometheus. Of " +
				"several instances dashboards show the largest figure, so what waited in its figures seems to wait still.",
			RU: "{{ $labels.instance }} уже {{ $value | humanizeDuration }} не дочитывает источник, но отвечает Prometheus. Дашборды показывают " +
				"наибольшее из всех экземпляров, поэтому то, что ждало в его показателях, будто бы ждёт до сих пор.",
		},
		Look: Panel{"operations-gradewatch", "lag-over-time"},
	}
}

func recordsRejected() Alert {
	return Alert{
		Name: "RecordsRejected", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.Compared(query.RejectedIn("1h"), ">", 0),
		For:  0, KeepFiring: time.Hour,
		Because: "one record is a fact; more of them are told together",
		Summary: text.Message{
			EN: `Records rejected in an hour: {{ printf "%.0f" $value }} ({{ $labels.reason }})`,
			RU: `За час отвергнуто записей: {{ printf "%.0f" $value }} ({{ $labels.reason }})`,
		},
		Description: text.Message{
			EN: `Records of the last hour that cannot be used: {{ printf "%.0f" $value }} ({{ $labels.reason }}). They are missing in all figures. The log ` +
				"and the landing page of the exporter name them by their submissions.",
			RU: `Записей, непригодных за последний час: {{ printf "%.0f" $value }} ({{ $labels.reason }}); их нет ни в одном показателе. Журнал и ` +
				"стартовая страница экспортера называют их по посылкам.",
		},
		Look: Panel{"operations-gradewatch", "rejected-by-reason"},
	}
}

func reconciliationDrift() Alert {
	return Alert{
		Name: "ReconciliationDrift", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.Compared(query.Drift(), ">", 0),
		For:  150 * time.Minute, KeepFiring: time.Hour,
		Because: "a reconciliation, once an hour, mends what it finds and the next one shows that; after the third it is not mended",
		Summary: text.Message{
			EN: "Records by which figures and source differ: {{ $value }}",
			RU: "Показатели и источник расходятся на записей: {{ $value }}",
		},
		Description: text.Message{
			EN: "Records that the source has more or fewer than the figures: {{ $value }}. Comparing did not mend it, and figures are not exact.",
			RU: "В источнике записей больше или меньше, чем в показателях, на {{ $value }}, и сверка этого не исправила. Показатели не точны.",
		},
		Look: Panel{"operations-gradewatch", "drift"},
	}
}

func reconciliationLate() Alert {
	return Alert{
		Name: "ReconciliationLate", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.Compared(query.SinceReconciled(), ">", 4*3600),
		For:  5 * time.Minute, KeepFiring: 0,
		Because: "four hours are the wait; the next comparison ends it",
		Summary: text.Message{
			EN: "Figures were compared with the source {{ $value | humanizeDuration }} ago",
			RU: "Показатели сверялись с источником {{ $value | humanizeDuration }} назад",
		},
		Description: text.Message{
			EN: "The last comparison of the whole source ended {{ $value | humanizeDuration }} ago; there is one every hour. What was deleted or " +
				"changed behind the exporter's back since then is not known.",
			RU: "Последняя сверка со всем источником закончилась {{ $value | humanizeDuration }} назад, а должна быть каждый час. Что с тех пор " +
				"удалено или изменено в обход, неизвестно.",
		},
		Look: Panel{"operations-gradewatch", "mended"},
	}
}

func stateNotSaved() Alert {
	return Alert{
		Name: "StateNotSaved", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.StateUnsafe(30 * time.Minute),
		For:  10 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "a disk that is full for a moment is tried again",
		Summary: text.Message{
			EN: "{{ $labels.instance }} cannot save its state",
			RU: "{{ $labels.instance }} не может сохранить состояние",
		},
		Description: text.Message{
			EN: "The state file of {{ $labels.instance }} is not written: the disk is full or read-only. Figures are right, but after a restart " +
				"totals of what the source has deleted or changed would be gone.",
			RU: "Файл состояния {{ $labels.instance }} не пишется: диск полон или только для чтения. Показатели верны, но после перезапуска " +
				"пропадут итоги того, что источник удалил или изменил.",
		},
		Look: Panel{"operations-gradewatch", "saved"},
	}
}

func labelOverflow() Alert {
	return Alert{
		Name: "LabelOverflow", Severity: Info, Audience: Operations, Subject: Gradewatch,
		When: query.Compared(query.OverflowIn("1d"), ">", 0),
		For:  0, KeepFiring: 24 * time.Hour,
		Because: "a day is the wait, and it is told once",
		Summary: text.Message{
			EN: "{{ $labels.label }} has more values than are counted apart",
			RU: "У {{ $labels.label }} больше значений, чем считается отдельно",
		},
		Description: text.Message{
			EN: "Counted as other in the last day: {{ $value }}, because the label {{ $labels.label }} had as many values as its limit allows. " +
				"Sums are exact; what is other cannot be told apart later.",
			RU: "За последние сутки посчитано как other: {{ $value }}, потому что у метки {{ $labels.label }} уже столько значений, сколько позволяет " +
				"лимит. Суммы точны; что попало в other, потом не разделить.",
		},
		Look: Panel{"operations-gradewatch", "overflow-by-label"},
	}
}

func accessStale() Alert {
	return Alert{
		Name: "AccessNotAsDescribed", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.AccessFails(10 * time.Minute),
		For:  20 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "together with the ten minutes without success longer than a restart of Grafana",
		Summary: text.Message{
			EN: "For half an hour Grafana has not been as it is described",
			RU: "Grafana уже полчаса не такая, как описана",
		},
		Description: text.Message{
			EN: "No round has left Grafana as access.yaml and the courses say for half an hour. Somebody may see what is not theirs, or not see what " +
				"is.",
			RU: "Уже полчаса ни один проход не приводит Grafana к тому, что сказано в access.yaml и списке курсов. Кто-то может видеть чужое или не " +
				"видеть своё.",
		},
		Look: Panel{"operations-gradewatch", "access-age"},
	}
}

func targetDown() Alert {
	return Alert{
		Name: "TargetDown", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.TargetsDown(),
		For:  10 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "a restart takes less",
		Summary: text.Message{
			EN: "{{ $labels.instance }} of {{ $labels.job }} cannot be scraped",
			RU: "Не опрашивается {{ $labels.instance }} ({{ $labels.job }})",
		},
		Description: text.Message{
			EN: "Prometheus has not reached {{ $labels.instance }} of the job {{ $labels.job }} for 10 minutes. What it shows is missing on " +
				"dashboards, and alerts on it are blind.",
			RU: "Prometheus уже 10 минут не достигает {{ $labels.instance }} задания {{ $labels.job }}. Того, что он показывает, нет на дашбордах, а " +
				"алерты о нём слепы.",
		},
		Look: Panel{"operations-gradewatch", "targets"},
	}
}

func configRejected() Alert {
	return Alert{
		Name: "ConfigRejected", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.ConfigRejected(),
		For:  5 * time.Minute, KeepFiring: 0,
		Because: "a file that is just being replaced is read again",
		Summary: text.Message{
			EN: "{{ $labels.instance }} goes on with an old configuration",
			RU: "{{ $labels.instance }} работает со старой конфигурацией",
		},
		Description: text.Message{
			EN: "{{ $labels.instance }} ({{ $labels.job }}) could not read its new configuration and goes on with the old one. After a restart it would " +
				"not start.",
			RU: "{{ $labels.instance }} ({{ $labels.job }}) не смог прочитать новую конфигурацию и работает со старой. После перезапуска он не " +
				"поднимется.",
		},
		Look: Panel{"operations-gradewatch", "targets"},
	}
}

func rulesFail() Alert {
	return Alert{
		Name: "RulesFail", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.RuleFailures("15m"),
		For:  0, KeepFiring: 15 * time.Minute,
		Because: "a rule that cannot be evaluated is an alert that is missing",
		Summary: text.Message{
			EN: "Prometheus cannot evaluate rules of {{ $labels.rule_group }}",
			RU: "Prometheus не может вычислить правила {{ $labels.rule_group }}",
		},
		Description: text.Message{
			EN: `Evaluations of rules in {{ $labels.rule_group }} that failed in the last quarter of an hour: {{ printf "%.0f" $value }}. Alerts of this ` +
				"group may be missing.",
			RU: `Вычислений правил {{ $labels.rule_group }}, не удавшихся за четверть часа: {{ printf "%.0f" $value }}. Алерты этой группы могут ` +
				"не сработать.",
		},
		Look: Panel{"operations-gradewatch", "delivery"},
	}
}

func alertsNotSent() Alert {
	return Alert{
		Name: "AlertsNotSent", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.AlertsLost("5m"),
		For:  10 * time.Minute, KeepFiring: 15 * time.Minute,
		Because: "Prometheus sends what fires again and again, so a restart of Alertmanager loses nothing; it comes in waves",
		Summary: text.Message{
			EN: "Alerts do not reach an Alertmanager",
			RU: "Алерты не доходят до Alertmanager",
		},
		Description: text.Message{
			EN: "The Alertmanager {{ $labels.alertmanager }} has not taken {{ $value | humanizePercentage }} of the alerts for 10 minutes.",
			RU: "Alertmanager {{ $labels.alertmanager }} уже 10 минут не принимает {{ $value | humanizePercentage }} алертов.",
		},
		Look: Panel{"operations-gradewatch", "delivery"},
	}
}

func notificationsFail() Alert {
	return Alert{
		Name: "NotificationsFail", Severity: Ticket, Audience: Operations, Subject: Gradewatch,
		When: query.NotificationsFailed("15m"),
		For:  0, KeepFiring: 15 * time.Minute,
		Because: "Alertmanager tries again by itself; what it counts has failed for good or for minutes",
		Summary: text.Message{
			EN: "Notifications by {{ $labels.integration }} fail",
			RU: "Уведомления через {{ $labels.integration }} не уходят",
		},
		Description: text.Message{
			EN: `Notifications by {{ $labels.integration }} that failed in the last quarter of an hour: {{ printf "%.0f" $value }}. Somebody who should be told ` +
				"is not.",
			RU: `Уведомлений через {{ $labels.integration }}, не ушедших за четверть часа: {{ printf "%.0f" $value }}. Кто-то не узнал о том, о чём должен.`,
		},
		Look: Panel{"operations-gradewatch", "delivery"},
	}
}
