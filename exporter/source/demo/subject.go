package demo

import (
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

const (
	kilobyte = 1e3
	megabyte = 1e6
)

// A subject is what a course teaches, in every term anew.
type subject struct {
	slug       string
	title      string
	popularity float64      // weight in the choice of a student
	weekday    time.Weekday // of its deadlines
	window     int          // days from the opening of an assignment to its deadline
	maxScore   float64      // of each assignment
	hardness   float64      // 0 easy, 1 hard

	check  time.Duration // median time of a check
	cores  float64       // that a check keeps busy, at most
	memory float64       // median peak of a check, bytes
	source float64       // median size of what is sent, bytes

	languages []weighted[string]
	flaws     []weighted[submission.Verdict] // what goes wrong besides wrong answers; 0 stands for nothing
	tests     []string                       // easiest first
	style     bool                           // whether a test of the style comes after the others
	titles    []string                       // of the assignments
}

// subjects are all subjects, the largest first.
var subjects = []subject{{
	slug: "programming-in-python", title: "Programming in Python",
	popularity: 10, weekday: time.Sunday, window: 14, maxScore: 10, hardness: 0.1,
	check: 25 * time.Second, cores: 0.9, memory: 60 * megabyte, source: 2.5 * kilobyte,
	languages: []weighted[string]{{"python", 1}},
	flaws: []weighted[submission.Verdict]{
		{0, 74}, {submission.RuntimeError, 16}, {submission.CompileError, 6}, {submission.TimeLimit, 3},
		{submission.SecurityViolation, 0.6}, {submission.OutputLimit, 0.4},
	},
	tests: []string{"example", "simple", "typical", "empty-input", "bad-input", "large-input", "unicode"},
	style: true,
	titles: []string{
		"First Steps", "Loops", "Functions", "Strings", "Lists and Dictionaries", "Files", "Exceptions", "Classes",
		"Iterators", "Modules and Packages", "Web Scraping", "Term Project",
	},
}, {
	slug: "algorithms", title: "Algorithms",
	popularity: 8, weekday: time.Tuesday, window: 14, maxScore: 100, hardness: 0.7,
	check: 55 * time.Second, cores: 1, memory: 48 * megabyte, source: 3 * kilobyte,
	languages: []weighted[string]{{"cpp", 45}, {"java", 22}, {"python", 25}, {"go", 8}},
	flaws: []weighted[submission.Verdict]{
		{0, 57}, {submission.TimeLimit, 22}, {submission.RuntimeError, 9}, {submission.CompileError, 8},
		{submission.MemoryLimit, 4},
	},
	tests: []string{"example", "small", "random", "duplicates", "edge-cases", "large", "worst-case", "adversarial"},
	titles: []string{
		"Growth of Functions", "Sorting", "Heaps", "Hashing", "Search Trees", "Graph Search", "Shortest Paths",
		"Dynamic Programming", "Network Flow", "String Matching", "Geometry", "Approximation",
	},
}, {
	slug: "machine-learning", title: "Machine Learning",
	popularity: 7, weekday: time.Wednesday, window: 14, maxScore: 100, hardness: 0.4,
	check: 110 * time.Second, cores: 2, memory: 900 * megabyte, source: 14 * kilobyte,
	languages: []weighted[string]{{"python", 88}, {"julia", 7}, {"r", 5}},
	flaws: []weighted[submission.Verdict]{
		{0, 71}, {submission.RuntimeError, 12}, {submission.TimeLimit, 8}, {submission.MemoryLimit, 6},
		{submission.CompileError, 2}, {submission.OutputLimit, 1},
	},
	tests: []string{"shapes", "gradient", "baseline", "train-accuracy", "test-accuracy", "robustness", "calibration"},
	titles: []string{
		"Linear Regression", "Logistic Regression", "Decision Trees", "Kernel Methods", "Clustering", "Neural Networks",
		"Convolutional Networks", "Attention", "Reinforcement Learning", "Fairness", "Competition",
	},
}, {
	slug: "databases", title: "Databases",
	popularity: 6, weekday: time.Friday, window: 14, maxScore: 20, hardness: 0.3,
	check: 40 * time.Second, cores: 0.6, memory: 150 * megabyte, source: 1.2 * kilobyte,
	languages: []weighted[string]{{"sql", 90}, {"python", 10}},
	flaws: []weighted[submission.Verdict]{
		{0, 82}, {submission.CompileError, 9}, {submission.TimeLimit, 5}, {submission.RuntimeError, 3},
		{submission.SecurityViolation, 1},
	},
	tests: []string{"syntax", "columns", "small-data", "null-values", "duplicates", "large-data", "plan"},
	style: true,
	titles: []string{
		"Relational Algebra", "Simple Queries", "Joins", "Aggregation", "Schema Design", "Indexes", "Transactions",
		"Query Plans", "Replication", "Design Project",
	},
}, {
	slug: "operating-systems", title: "Operating Systems",
	popularity: 5, weekday: time.Monday, window: 21, maxScore: 50, hardness: 0.8,
	check: 100 * time.Second, cores: 1.5, memory: 220 * megabyte, source: 9 * kilobyte,
	languages: []weighted[string]{{"c", 78}, {"rust", 22}},
	flaws: []weighted[submission.Verdict]{
		{0, 52}, {submission.RuntimeError, 22}, {submission.CompileError, 12}, {submission.TimeLimit, 8},
		{submission.MemoryLimit, 4}, {submission.SecurityViolation, 2},
	},
	tests: []string{"boot", "basic", "two-processes", "error-paths", "many-processes", "deadlock", "stress", "leaks"},
	titles: []string{
		"System Calls", "Shell", "Scheduling", "Locks", "Virtual Memory", "File System", "Network Driver", "Containers",
		"Boot Loader",
	},
}, {
	slug: "compilers", title: "Compilers",
	popularity: 3, weekday: time.Thursday, window: 16, maxScore: 40, hardness: 0.6,
	check: 70 * time.Second, cores: 1, memory: 180 * megabyte, source: 18 * kilobyte,
	languages: []weighted[string]{{"java", 35}, {"ocaml", 20}, {"cpp", 25}, {"rust", 20}},
	flaws: []weighted[submission.Verdict]{
		{0, 62}, {submission.CompileError, 18}, {submission.RuntimeError, 13}, {submission.OutputLimit, 3},
		{submission.TimeLimit, 4},
	},
	tests: []string{
		"empty-program", "expressions", "control-flow", "functions", "errors-reported", "nested-scopes", "large-program",
	},
	style: true,
	titles: []string{
		"Lexer", "Parser", "Syntax Tree", "Name Resolution", "Type Checker", "Intermediate Code", "Register Allocation",
		"Optimisation", "Final Compiler",
	},
}}
