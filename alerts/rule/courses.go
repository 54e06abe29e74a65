package rule

import (
	"time"

	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// courses are alerts for the teachers of a course, who are told in a digest. They are evaluated less often, since there are as many
// series as tests, and since nobody gets up for them.
func courses() Group {
	return Group{Name: "courses", Interval: 5 * time.Minute, Recordings: record(
		query.AssignmentResults, query.AssignmentAccepted, query.BadVerdicts, query.TestResults, query.TestPassed,
	), Alerts: []Alert{
		testFailsForAll(), assignmentFails(), verdictTakesOver(), nobodyScores(),
	}}
}

func testFailsForAll() Alert {
	return Alert{
		Name: "TestFailsForAll", Severity: Ticket, Audience: Teachers, Subject: Checking,
		When: query.Either(query.TestsThatFail("1h"), query.TestsThatFail("1d")),
		For:  0, KeepFiring: 2 * time.Hour,
		Because: "the number of results is the wait; between two rushes there are hours without any",
		Summary: text.Message{
			EN: "{{ $labels.assignment }}: nobody passes the test {{ $labels.test }} any more",
			RU: "{{ $labels.assignment }}: тест {{ $labels.test }} больше никто не проходит",
		},
		Description: text.Message{
			EN: "All {{ $value }} latest results of the test {{ $labels.test }} in {{ $labels.assignment }} are failures, although enough " +
				"students passed it before that this is no chance. Was the test, its data or the image changed?",
			RU: "Все последние результаты теста {{ $labels.test }} в {{ $labels.assignment }} ({{ $value }}) — неудачи, хотя раньше его " +
				"проходили столь часто, что это не случайность. Не меняли ли тест, его данные или образ?",
		},
		Look: Panel{"-assignment", "verdicts-per-day"},
	}
}

func assignmentFails() Alert {
	return Alert{
		Name: "AssignmentFails", Severity: Ticket, Audience: Teachers, Subject: Checking,
		When: query.Either(query.AssignmentsThatFail("1h"), query.AssignmentsThatFail("1d")),
		For:  0, KeepFiring: 2 * time.Hour,
		Because: "the number of results is the wait; between two rushes there are hours without any",
		Summary: text.Message{
			EN: "{{ $labels.assignment }}: nothing is accepted any more",
			RU: "{{ $labels.assignment }}: больше ничего не принимается",
		},
		Description: text.Message{
			EN: "None of the {{ $value }} latest results of {{ $labels.assignment }} was accepted, although enough were before that this is " +
				"no chance. A broken test, its data or the image fail everybody.",
			RU: "Из последних результатов {{ $labels.assignment }} ({{ $value }}) не принят ни один, хотя раньше принимали столь часто, " +
				"что это не случайность. Сломан тест, его данные или образ.",
		},
		Look: Panel{"-assignment", "verdicts-per-day"},
	}
}

func verdictTakesOver() Alert {
	return Alert{
		Name: "VerdictTakesOver", Severity: Ticket, Audience: Teachers, Subject: Checking,
		When: query.Either(query.VerdictsThatTakeOver("1h"), query.VerdictsThatTakeOver("6h")),
		For:  0, KeepFiring: 2 * time.Hour,
		Because: "the number of results is the wait; between two rushes there are hours without any",
		Summary: text.Message{
			EN: "{{ $labels.assignment }}: {{ $value | humanizePercentage }} end with {{ $labels.verdict }}",
			RU: "{{ $labels.assignment }}: {{ $value | humanizePercentage }} заканчиваются {{ $labels.verdict }}",
		},
		Description: text.Message{
			EN: "{{ $value | humanizePercentage }} of the latest results of {{ $labels.assignment }} are {{ $labels.verdict }}, which was less " +
				"than 30% before. A new image, limit or test does that, students do not.",
			RU: "{{ $value | humanizePercentage }} последних результатов {{ $labels.assignment }} — {{ $labels.verdict }}, а раньше было меньше " +
				"30%. Так бывает от нового образа, лимита или теста, а не от студентов.",
		},
		Look: Panel{"-assignment", "verdicts-per-day"},
	}
}

func nobodyScores() Alert {
	return Alert{
		Name: "NobodyScores", Severity: Ticket, Audience: Teachers, Subject: Checking,
		When: query.NobodyScores(10),
		For:  time.Hour, KeepFiring: 2 * time.Hour,
		Because: "the first who try an assignment may all be early; ten who had an hour are not",
		Summary: text.Message{
			EN: "{{ $labels.assignment }}: {{ $value }} students have tried, and none has a point",
			RU: "{{ $labels.assignment }}: пробовали студентов: {{ $value }}, баллов нет ни у кого",
		},
		Description: text.Message{
			EN: "{{ $value }} students have attempted {{ $labels.assignment }}, and nobody has a single point. The check does not work, or the " +
				"text asks for something else than it tests.",
			RU: "Задание {{ $labels.assignment }} пробовали студентов: {{ $value }}, и ни у кого нет ни одного балла. Проверка не работает, или " +
				"условие просит не того, что проверяется.",
		},
		Look: Panel{"-assignment", "progress-over-time"},
	}
}
