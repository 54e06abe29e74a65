package metrics

import "github.com/gradewatch/gradewatch/exporter/analytics"

// The labels.
const (
	Course     Label = "course"
	Assignment Label = "assignment"
	Verdict    Label = "verdict"
	Language   Label = "language"
	Weekday    Label = "weekday"
	Hour       Label = "hour"
	Window     Label = "window"
	Title      Label = "title"
	Term       Label = "term"
	Outcome    Label = "outcome"
	Reason     Label = "reason"
	Kind       Label = "kind"
	Test       Label = "test"
	Stage      Label = "stage"
	LabelName  Label = "label"
	Code       Label = "code"
	Worker     Label = "worker"
	Bucket     Label = "bucket"
	Cohort     Label = "cohort"
	AgeWeeks   Label = "age_weeks"
	Horizon    Label = "horizon"
)

// What is sent.
var (
	Submissions = &Metric{Name: "grader_submissions_total", Type: Counter, Labels: []Label{Course, Assignment},
		Help:     "Submissions, each counted once.",
		Audience: Everyone, vector: (*analytics.Fold).Submissions}
	LanguageSubmissions = &Metric{Name: "grader_language_submissions_total", Type: Counter, Labels: []Label{Course, Language},
		Help:     "Submissions by programming language; unknown where the record names none.",
		Audience: Product | Teachers, vector: (*analytics.Fold).SubmissionsByLanguage}
	HourSubmissions = &Metric{Name: "grader_hour_submissions_total", Type: Counter, Labels: []Label{Course, Weekday, Hour},
		Help:     "Submissions by local weekday (1 is Monday, 7 is Sunday) and hour (00 to 23).",
		Audience: Product | Operations, vector: (*analytics.Fold).SubmissionsByHour}
	LateSubmissions = &Metric{Name: "grader_late_submissions_total", Type: Counter, Labels: []Label{Course, Assignment},
		Help:     "Submissions after the deadline, the student's own or else the assignment's, as it was when they were first read.",
		Audience: Product | Teachers, vector: (*analytics.Fold).LateSubmissions}
	TimeBeforeDeadline = &Metric{Name: "grader_submission_before_deadline_seconds", Type: Histogram, Labels: []Label{Course, Assignment}, Unit: Seconds,
		Help:     "How long before the deadline submissions in time came. Native buckets only.",
		Audience: Everyone, histograms: (*analytics.Fold).TimesBeforeDeadline}
	TimeAfterDeadline = &Metric{Name: "grader_submission_after_deadline_seconds", Type: Histogram, Labels: []Label{Course, Assignment}, Unit: Seconds,
		Help:     "How long after the deadline late submissions came. Native buckets only.",
		Audience: Product | Teachers, histograms: (*analytics.Fold).TimesAfterDeadline}
	DaySubmissions = &Metric{Name: "grader_day_submissions", Type: Gauge, Labels: []Label{Course},
		Help:     "Submissions since local midnight.",
		Audience: Everyone, vector: (*analytics.Fold).DaySubmissions}
	LastDaySubmissions = &Metric{Name: "grader_last_day_submissions", Type: Gauge, Labels: []Label{Course},
		Help:     "Submissions of the last complete local day, those read late included: the figure to quote for a day.",
		Audience: Everyone, vector: (*analytics.Fold).LastDaySubmissions}
)

// Who sends.
var (
	ActiveStudents = &Metric{Name: "grader_active_students", Type: Gauge, Labels: []Label{Course, Window}, Distinct: true, moves: true,
		Help:     "Students who submitted to the course within the window (5m, 1h, 1d, 7d, 30d) before now.",
		Audience: Everyone, vector: (*analytics.Fold).ActiveStudents}
	ServiceActiveStudents = &Metric{Name: "grader_service_active_students", Type: Gauge, Labels: []Label{Window}, Distinct: true, moves: true,
		Help:     "Students who submitted to any course within the window before now; not the sum over courses.",
		Audience: Everyone, vector: (*analytics.Fold).ServiceActiveStudents}
	DayActiveStudents = &Metric{Name: "grader_day_active_students", Type: Gauge, Labels: []Label{Course}, Distinct: true,
		Help:     "Students who submitted to the course since local midnight.",
		Audience: Everyone, vector: (*analytics.Fold).DayActiveStudents}
	ServiceDayActiveStudents = &Metric{Name: "grader_service_day_active_students", Type: Gauge, Distinct: true,
		Help:     "Students who submitted to any course since local midnight.",
		Audience: Everyone, vector: (*analytics.Fold).ServiceDayActiveStudents}
	LastDayActiveStudents = &Metric{Name: "grader_last_day_active_students", Type: Gauge, Labels: []Label{Course}, Distinct: true,
		Help:     "Students who submitted to the course on the last complete local day.",
		Audience: Everyone, vector: (*analytics.Fold).LastDayActiveStudents}
	ServiceLastDayActiveStudents = &Metric{Name: "grader_service_last_day_active_students", Type: Gauge, Distinct: true,
		Help:     "Students who submitted to any course on the last complete local day.",
		Audience: Everyone, vector: (*analytics.Fold).ServiceLastDayActiveStudents}
)

// What comes of it.
var (
	AttemptsToSolve = &Metric{Name: "grader_attempts_to_solve", Type: Histogram, Labels: []Label{Course, Assignment},
		Help: "Attempts of a student up to and including the one that solved the assignment, once a student and assignment. " +
			"Native buckets only.",
		Audience: Product | Teachers, histograms: (*analytics.Fold).AttemptsToSolve}
	TimeToSolve = &Metric{Name: "grader_time_to_solve_seconds", Type: Histogram, Labels: []Label{Course, Assignment}, Unit: Seconds,
		Help: "Time from a student's first attempt to the one that solved the assignment, once a student and assignment. " +
			"Native buckets only.",
		Audience: Product | Teachers, histograms: (*analytics.Fold).TimesToSolve}
	BestScores = &Metric{Name: "grader_assignment_best_score_students", Type: Gauge, Labels: []Label{Course, Assignment, Bucket}, Distinct: true,
		Help: "Students who have attempted the assignment, by their best result against all points there are: bucket 0.3 is from 30 % " +
			"to below 40 %, 1.0 is all points and more.",
		Audience: Product | Teachers, vector: (*analytics.Fold).AssignmentBestScores}
	AssignmentFacility = &Metric{Name: "grader_assignment_facility_ratio", Type: Gauge, Labels: []Label{Course, Assignment}, Unit: Ratio,
		Help: "Mean over students of their best result against all points there are: 1 is easy, 0 is hard. From 10 students on who have " +
			"attempted the assignment.",
		Audience: Product | Teachers, vector: (*analytics.Fold).AssignmentFacilities}
	AssignmentDiscrimination = &Metric{Name: "grader_assignment_discrimination_correlation", Type: Gauge, Labels: []Label{Course, Assignment}, Unit: Correlation,
		Help: "Correlation over students between their best result at the assignment and the sum of those at the course's others: near 1 " +
			"the assignment tells strong students from weak ones, near 0 or below it does not. From 10 students on.",
		Audience: Product | Teachers, vector: (*analytics.Fold).AssignmentDiscriminations}
	ScoreRatio = &Metric{Name: "grader_submission_score_ratio", Type: Histogram, Labels: []Label{Course, Assignment}, Unit: Ratio,
		Help: "Points against all there are, extra points above 1, once a submission, at its first result. Where the points are not known, an accepted one has " +
			"all and another one none. Native buckets only.",
		Audience: Product | Teachers, histograms: (*analytics.Fold).ScoreRatios}
)

// How it is checked.
var (
	Checks = &Metric{Name: "grader_checks_total", Type: Counter, Labels: []Label{Course, Assignment, Verdict},
		Help:     "Checks that ended with a verdict, re-checks included; internal_error is the infrastructure's fault.",
		Audience: Everyone, vector: (*analytics.Fold).Checks}
	CourseChecks = &Metric{Name: "grader_course_checks_total", Type: Counter, Labels: []Label{Course, Verdict},
		Help: "The same without the assignment: for questions about all courses, which would otherwise go through all assignments of all " +
			"terms.",
		Audience: Everyone, vector: (*analytics.Fold).CourseChecks}
	Rechecks = &Metric{Name: "grader_rechecks_total", Type: Counter, Labels: []Label{Course, Assignment},
		Help:     "Checks beyond a submission's first one, and results that changed in place.",
		Audience: Operations | Teachers, vector: (*analytics.Fold).Rechecks}
	TestResults = &Metric{Name: "grader_test_results_total", Type: Counter, Labels: []Label{Course, Assignment, Test, Outcome},
		Help: "Results of single tests, in every check that is counted. Shown until 30 days after the assignment's deadline; " +
			"tests beyond the limit are counted as other.",
		Audience: Teachers, vector: (*analytics.Fold).TestResults}
	TestStudents = &Metric{Name: "grader_test_students", Type: Gauge, Labels: []Label{Course, Assignment, Test}, Distinct: true,
		Help:     "Students for whom the test ran in any of their submissions: those of whom its facility and discrimination speak. Shown as test results are.",
		Audience: Teachers, vector: (*analytics.Fold).TestStudents}
	TestFacility = &Metric{Name: "grader_test_facility_ratio", Type: Gauge, Labels: []Label{Course, Assignment, Test}, Unit: Ratio,
		Help: "Share of students who passed the test in any of their submissions, of those for whom it ran: 1 is that everybody passes. " +
			"From 10 students on. Shown as test results are, but not for other.",
		Audience: Teachers, vector: (*analytics.Fold).TestFacilities}
	TestDiscrimination = &Metric{Name: "grader_test_discrimination_correlation", Type: Gauge, Labels: []Label{Course, Assignment, Test}, Unit: Correlation,
		Help: "Correlation over students between passing the test and how many others of the assignment they passed: near 1 the test tells " +
			"strong students from weak ones, near 0 or below it does not. From 10 students on.",
		Audience: Teachers, vector: (*analytics.Fold).TestDiscriminations}
	QueueWait = &Metric{Name: "grader_queue_wait_seconds", Type: Histogram, Labels: []Label{Course}, Unit: Seconds,
		Help:     "Time from queued to started, once a check, as soon as it is started. Classic and native buckets.",
		Audience: Operations, histograms: (*analytics.Fold).QueueWaits}
	CheckDuration = &Metric{Name: "grader_check_duration_seconds", Type: Histogram, Labels: []Label{Course, Assignment}, Unit: Seconds,
		Help:     "Time from started to finished, of every check that ended with a verdict. Native buckets only.",
		Audience: Operations | Teachers, histograms: (*analytics.Fold).CheckDurations}
	CheckCPU = &Metric{Name: "grader_check_cpu_seconds", Type: Histogram, Labels: []Label{Course, Assignment}, Unit: Seconds,
		Help:     "Processor time of every check that ended with a verdict and says so. Native buckets only.",
		Audience: Operations | Teachers, histograms: (*analytics.Fold).CPUTimes}
	CheckMemory = &Metric{Name: "grader_check_memory_bytes", Type: Histogram, Labels: []Label{Course, Assignment}, Unit: Bytes,
		Help:     "Peak memory of every check that ended with a verdict and says so. Native buckets only.",
		Audience: Operations | Teachers, histograms: (*analytics.Fold).MemoryPeaks}
	Feedback = &Metric{Name: "grader_feedback_seconds", Type: Histogram, Labels: []Label{Course}, Unit: Seconds,
		Help:     "Time from submitted to the first result, once a submission: what the student waits. Classic and native buckets.",
		Audience: Everyone, histograms: (*analytics.Fold).FeedbackTimes}
	FeedbackOverdue = &Metric{Name: "grader_feedback_overdue", Type: Gauge, Labels: []Label{Course}, moves: true,
		Help: "Submissions of the last 7 days that wait for a first result for longer than the objective (10 minutes): a check is queued " +
			"or running, or failed for the infrastructure's fault. grader_feedback_seconds never sees them.",
		Audience: Product | Operations, vector: (*analytics.Fold).FeedbackOverdue}
	FeedbackMissed = &Metric{Name: "grader_feedback_missed", Type: Gauge, Labels: []Label{Course}, moves: true,
		Help: "Submissions that had no result within the objective (10 minutes): the first one came later, or had not come when the submission " +
			"was cancelled or deleted later, or is waited for for longer now. It falls where a result was there in time and is read later.",
		Audience: Everyone, vector: (*analytics.Fold).FeedbackMissed}
	QueueLength = &Metric{Name: "grader_queue_length", Type: Gauge, Labels: []Label{Course},
		Help:     "Checks that wait for a worker.",
		Audience: Operations, vector: (*analytics.Fold).QueueLength}
	ExpectedSubmissions = &Metric{Name: "grader_expected_submissions", Type: Gauge, Labels: []Label{Course, Horizon}, moves: true, pooled: true,
		Help: "Submissions that coming deadlines will bring within the horizon (1h, 1d, 7d): the students who have not solved yet, times " +
			"what students did as long before earlier deadlines. How, and how far off it is: docs/figures.md.",
		Audience: Operations, vector: (*analytics.Fold).ExpectedSubmissions}
	QueueOldestWait = &Metric{Name: "grader_queue_oldest_wait_seconds", Type: Gauge, Unit: Seconds, moves: true,
		Help:     "For how long the check that has waited longest has been waiting; 0 when none waits.",
		Audience: Operations, vector: (*analytics.Fold).QueueOldestWait}
	ChecksRunning = &Metric{Name: "grader_checks_running", Type: Gauge, Labels: []Label{Course},
		Help:     "Checks that are with a worker.",
		Audience: Operations, vector: (*analytics.Fold).ChecksRunning}
)

// How far students are.
var (
	NewStudents = &Metric{Name: "grader_new_students_total", Type: Counter, Labels: []Label{Course},
		Help:     "Students, each counted with the first submission to the course.",
		Audience: Product | Teachers, vector: (*analytics.Fold).NewStudents}
	ServiceNewStudents = &Metric{Name: "grader_service_new_students_total", Type: Counter,
		Help:     "Students, each counted with the first submission to any course; not the sum over courses.",
		Audience: Product, vector: (*analytics.Fold).ServiceNewStudents}
	CohortStudents = &Metric{Name: "grader_cohort_active_students", Type: Gauge, Labels: []Label{Cohort, AgeWeeks}, Distinct: true,
		Help: "Students who first submitted in the local week that begins on the Monday cohort, and submitted so many weeks later again; age 00 " +
			"is the size of the cohort. The last 26 weeks, the present one as far as it has come.",
		Audience: Product, vector: (*analytics.Fold).CohortActiveStudents}
	CourseStudents = &Metric{Name: "grader_course_students", Type: Gauge, Labels: []Label{Course, Stage}, Distinct: true, moves: true,
		Help: "Students who are enrolled in the course (where the source says), have started (have an attempt at an assignment), or were " +
			"active_7d (submitted within the last 7 days).",
		Audience: Everyone, vector: (*analytics.Fold).CourseStudents}
	AssignmentStudents = &Metric{Name: "grader_assignment_students", Type: Gauge, Labels: []Label{Course, Assignment, Stage}, Distinct: true,
		Help: "Students who have attempted the assignment (a submission with a result), scored (with points), solved it (accepted, or " +
			"all points under a verdict that leaves it open, as partial), solved it by their first attempt, or are stuck (5 attempts or more, not solved, the last within 7 days). " +
			"It follows the latest result of every submission, also downwards.",
		Audience: Everyone, vector: (*analytics.Fold).AssignmentStudents}
)

// Who checks it.
var (
	WorkerChecks = &Metric{Name: "grader_worker_checks_total", Type: Counter, Labels: []Label{Worker, Outcome},
		Help: "Checks that ended on a worker: completed with a result, ended by infrastructure_failure, or cancelled. " +
			"The worker is unknown where the record names none.",
		Audience: Operations, vector: (*analytics.Fold).WorkerChecks}
	WorkerBusy = &Metric{Name: "grader_worker_busy_seconds_total", Type: Counter, Labels: []Label{Worker}, Unit: Seconds,
		Help:     "Time from the start to the end of checks, added up.",
		Audience: Operations, vector: (*analytics.Fold).WorkerBusyTimes}
	WorkerLastSeen = &Metric{Name: "grader_worker_last_seen_timestamp_seconds", Type: Gauge, Labels: []Label{Worker}, Unit: Timestamp, moves: true,
		Help:     "When the worker last took or ended a check.",
		Audience: Operations, vector: (*analytics.Fold).WorkersLastSeen}
	WorkerHanging = &Metric{Name: "grader_worker_hanging_checks", Type: Gauge, Labels: []Label{Worker}, moves: true,
		Help:     "Checks that have been with the worker for more than an hour, and for less than 7 days.",
		Audience: Operations, vector: (*analytics.Fold).WorkerHanging}
	WorkerSlots = &Metric{Name: "grader_worker_slots", Type: Gauge, Labels: []Label{Worker},
		Help:     "How many checks the worker runs at a time, where the source says.",
		Audience: Operations, vector: (*analytics.Fold).WorkerSlots}
)

// What there is.
var (
	CourseInfo = &Metric{Name: "grader_course_info", Type: Gauge, Labels: []Label{Course, Title, Term},
		Help:     "1 for every known course. Title and term are empty where the source does not say.",
		Audience: Everyone, vector: (*analytics.Fold).Courses}
	AssignmentInfo = &Metric{Name: "grader_assignment_info", Type: Gauge, Labels: []Label{Course, Assignment, Title},
		Help:     "1 for every known assignment. The title is empty where the source does not say.",
		Audience: Everyone, vector: (*analytics.Fold).Assignments}
	AssignmentOpens = &Metric{Name: "grader_assignment_opens_timestamp_seconds", Type: Gauge, Labels: []Label{Course, Assignment}, Unit: Timestamp,
		Help:     "When the assignment opens, where the source says.",
		Audience: Everyone, vector: (*analytics.Fold).Openings}
	AssignmentDeadline = &Metric{Name: "grader_assignment_deadline_timestamp_seconds", Type: Gauge, Labels: []Label{Course, Assignment}, Unit: Timestamp,
		Help:     "When the assignment is due, where the source says.",
		Audience: Everyone, vector: (*analytics.Fold).Deadlines}
)

// Gradewatch itself. These count since the start of the process.
var (
	Ready = &Metric{Name: "gradewatch_ready", Type: Gauge,
		Help:     "1 once all that the source holds has been read; before that no grader_ metric is exposed.",
		Audience: Operations}
	Shards = &Metric{Name: "gradewatch_shards", Type: Gauge,
		Help: "Among how many shards the courses are parted (--shard). Where it is more than one, the labels shard and shards on " +
			"what an exporter tells of its reading say which one it has, and of how many.",
		Audience: Operations}
	SourceUp = &Metric{Name: "gradewatch_source_up", Type: Gauge,
		Help:     "1 if the source answers: the last poll succeeded, or the present one has read something.",
		Audience: Operations}
	SourceLag = &Metric{Name: "gradewatch_source_lag_seconds", Type: Gauge, Unit: Seconds,
		Help:     "Age of the figures: time since the start of the last poll that succeeded. Absent before the first.",
		Audience: Operations}
	PollDuration = &Metric{Name: "gradewatch_poll_duration_seconds", Type: Histogram, Unit: Seconds,
		Help:     "How long polls of the source took, those that failed included. Classic and native buckets.",
		Audience: Operations}
	Records = &Metric{Name: "gradewatch_records_total", Type: Counter, Labels: []Label{Outcome},
		Help:     "Records read: applied (new or changed), rejected, or unchanged (read again, whether good or bad).",
		Audience: Operations}
	RecordsRejected = &Metric{Name: "gradewatch_records_rejected_total", Type: Counter, Labels: []Label{Reason},
		Help:     "Records that cannot be used, by reason.",
		Audience: Operations}
	RecordAnomalies = &Metric{Name: "gradewatch_record_anomalies_total", Type: Counter, Labels: []Label{Kind},
		Help:     "Oddities of records that count nevertheless, by kind; an impossible duration or number is left out.",
		Audience: Operations}
	LabelOverflow = &Metric{Name: "gradewatch_label_overflow_total", Type: Counter, Labels: []Label{LabelName},
		Help:     "What was counted as other since the label had as many values as its limit allows, over the whole history.",
		Audience: Operations, vector: (*analytics.Fold).Overflow}
	SourceRows = &Metric{Name: "gradewatch_source_rows", Type: Gauge,
		Help:     "Records in the source at the last reconciliation, those that are rejected left out. Absent before the first.",
		Audience: Operations}
	AppliedRecords = &Metric{Name: "gradewatch_applied_records", Type: Gauge,
		Help: "Records in the metrics as the last reconciliation found them; another number than gradewatch_source_rows is a drift. " +
			"One that stays although it has been mended is told of in the log.",
		Audience: Operations}
	Reconciled = &Metric{Name: "gradewatch_reconciled_records_total", Type: Counter, Labels: []Label{Outcome},
		Help:     "Records that reconciliation has found: missed, changed unnoticed, or gone from the source.",
		Audience: Operations}
	ReconciledAt = &Metric{Name: "gradewatch_reconciled_timestamp_seconds", Type: Gauge, Unit: Timestamp,
		Help:     "When the last reconciliation of the whole source ended. Absent before the first.",
		Audience: Operations}
	StateUp = &Metric{Name: "gradewatch_state_up", Type: Gauge,
		Help:     "1 if the state file can be written. Absent where there is none.",
		Audience: Operations}
	StateSaved = &Metric{Name: "gradewatch_state_saved_timestamp_seconds", Type: Gauge, Unit: Timestamp,
		Help:     "When all that is shown was last safe in the state file, also against a power failure. Absent before, and where there is none.",
		Audience: Operations}
	Series = &Metric{Name: "gradewatch_series", Type: Gauge,
		Help:     "Time series of grader_ metrics that this scrape gives to Prometheus.",
		Audience: Operations}
	BuildInfo = &Metric{Name: "gradewatch_build_info", Type: Gauge,
		Labels: []Label{"branch", "goarch", "goos", "goversion", "revision", "tags", "version"},
		Help:   "1, with the version of Gradewatch and of Go that it was built with.", Audience: Operations}
)

// Access as code: dashboards apply --watch. These count since the start of the process.
var (
	AccessSucceeded = &Metric{Name: "gradewatch_access_last_success_timestamp_seconds", Type: Gauge, Unit: Timestamp,
		Help:     "When a round last ended with Grafana as it is described. Absent before the first.",
		Audience: Operations}
	AccessRounds = &Metric{Name: "gradewatch_access_rounds_total", Type: Counter, Labels: []Label{Outcome},
		Help:     "Rounds, by outcome: success, or failure, which leaves some difference or could not compare at all. A look at what is described that fails is a failure too.",
		Audience: Operations}
	AccessDrift = &Metric{Name: "gradewatch_access_drift", Type: Gauge, Labels: []Label{Kind},
		Help:     "Differences between Grafana and its description that the last round found, before it mended them.",
		Audience: Operations}
	AccessLeft = &Metric{Name: "gradewatch_access_drift_left", Type: Gauge, Labels: []Label{Kind},
		Help:     "Differences that the last round could not mend.",
		Audience: Operations}
	AccessChanges = &Metric{Name: "gradewatch_access_changes_total", Type: Counter, Labels: []Label{Kind, Outcome},
		Help:     "Changes to Grafana, by what they mend and by outcome: success or failure.",
		Audience: Operations}
	AccessPending = &Metric{Name: "gradewatch_access_pending_members", Type: Gauge,
		Help:     "Members of teams who have never logged in to Grafana, each counted for each team.",
		Audience: Operations}
	AccessRequests = &Metric{Name: "gradewatch_access_requests_total", Type: Counter, Labels: []Label{Code},
		Help:     "Requests to Grafana, by the status of the answer.",
		Audience: Operations}
)

// Catalogue is every metric there is, in the order of the reference page.
func Catalogue() []*Metric {
	return []*Metric{
		Submissions, LanguageSubmissions, HourSubmissions, LateSubmissions, TimeBeforeDeadline, TimeAfterDeadline,
		DaySubmissions, LastDaySubmissions,
		ActiveStudents, ServiceActiveStudents, DayActiveStudents, ServiceDayActiveStudents,
		LastDayActiveStudents, ServiceLastDayActiveStudents,
		NewStudents, ServiceNewStudents, CohortStudents, CourseStudents,
		AssignmentStudents, AttemptsToSolve, TimeToSolve, ScoreRatio, BestScores, AssignmentFacility, AssignmentDiscrimination,
		Checks, CourseChecks, Rechecks, TestResults, TestStudents, TestFacility, TestDiscrimination,
		QueueWait, CheckDuration, CheckCPU, CheckMemory, Feedback, FeedbackMissed, FeedbackOverdue, QueueLength, QueueOldestWait, ChecksRunning, ExpectedSubmissions,
		WorkerChecks, WorkerBusy, WorkerLastSeen, WorkerHanging, WorkerSlots,
		CourseInfo, AssignmentInfo, AssignmentOpens, AssignmentDeadline,
		Ready, Shards, SourceUp, SourceLag, PollDuration, Records, RecordsRejected, RecordAnomalies,
		SourceRows, AppliedRecords, Reconciled, ReconciledAt, StateUp, StateSaved, LabelOverflow, Series, BuildInfo,
		AccessSucceeded, AccessRounds, AccessDrift, AccessLeft, AccessChanges, AccessPending, AccessRequests,
	}
}
