-- The reference schema: the relations that Gradewatch reads by default, as tables that a service fills. A service that
-- has such tables already maps them by views instead; example-django.sql shows how. Needs PostgreSQL 14 or later. It
-- can be run again.

BEGIN;

CREATE SCHEMA IF NOT EXISTS analytics;
COMMENT ON SCHEMA analytics IS 'What Gradewatch reads';

CREATE TABLE IF NOT EXISTS analytics.submission_records (
    submission_id text NOT NULL CHECK (octet_length(submission_id) BETWEEN 1 AND 256),
    check_number  integer NOT NULL DEFAULT 1 CHECK (check_number >= 1),
    course        text NOT NULL CHECK (octet_length(course) BETWEEN 1 AND 256),
    assignment    text NOT NULL CHECK (octet_length(assignment) BETWEEN 1 AND 256),
    student       text NOT NULL CHECK (octet_length(student) BETWEEN 1 AND 256),
    submitted_at  timestamptz NOT NULL CHECK (submitted_at >= '1970-01-01Z' AND submitted_at < '2200-01-01Z'),
    queued_at     timestamptz,
    started_at    timestamptz,
    finished_at   timestamptz,
    state         text NOT NULL CHECK (state IN ('queued', 'running', 'finished', 'cancelled')),
    verdict       text CHECK (verdict IN ('accepted', 'partial', 'wrong_answer', 'compile_error', 'runtime_error',
                      'time_limit', 'memory_limit', 'output_limit', 'style_error', 'security_violation',
                      'internal_error', 'other')),
    score         double precision CHECK (score >= 0),
    max_score     double precision CHECK (max_score >= 0),
    language      text CHECK (octet_length(language) <= 256),
    worker        text CHECK (octet_length(worker) <= 256),
    client        text CHECK (octet_length(client) <= 256),
    deadline_at   timestamptz,
    cpu_seconds   double precision CHECK (cpu_seconds >= 0),
    memory_bytes  bigint CHECK (memory_bytes >= 0),
    source_bytes  bigint CHECK (source_bytes >= 0),
    tests         jsonb CHECK (jsonb_typeof(tests) = 'array'),
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (submission_id, check_number),
    CHECK (state <> 'finished' OR verdict IS NOT NULL)
);

COMMENT ON TABLE analytics.submission_records IS 'One row a check: its latest known state';
COMMENT ON COLUMN analytics.submission_records.submission_id IS
    'What a student sent; with check_number the identity of the row';
COMMENT ON COLUMN analytics.submission_records.check_number IS
    '1 for the check that comes with the submission; a re-check is 2, 3, …';
COMMENT ON COLUMN analytics.submission_records.course IS 'Slug of a course in one term';
COMMENT ON COLUMN analytics.submission_records.assignment IS 'Slug of a homework of the course';
COMMENT ON COLUMN analytics.submission_records.student IS 'Opaque id: never a name, a login or an e-mail address';
COMMENT ON COLUMN analytics.submission_records.submitted_at IS 'When the student sent it';
COMMENT ON COLUMN analytics.submission_records.queued_at IS 'When this check was enqueued; submitted_at where null';
COMMENT ON COLUMN analytics.submission_records.started_at IS 'When a worker took it';
COMMENT ON COLUMN analytics.submission_records.finished_at IS 'When it ended, also where it was cancelled';
COMMENT ON COLUMN analytics.submission_records.state IS 'Where the check stands';
COMMENT ON COLUMN analytics.submission_records.verdict IS
    'What a finished check says; internal_error is the infrastructure''s fault';
COMMENT ON COLUMN analytics.submission_records.score IS 'Points reached';
COMMENT ON COLUMN analytics.submission_records.max_score IS 'Points to reach';
COMMENT ON COLUMN analytics.submission_records.language IS 'Programming language';
COMMENT ON COLUMN analytics.submission_records.worker IS 'Who ran the check';
COMMENT ON COLUMN analytics.submission_records.client IS 'What it was sent with: web, git, cli, …';
COMMENT ON COLUMN analytics.submission_records.deadline_at IS
    'The student''s own deadline, as after an extension; the assignment''s where null';
COMMENT ON COLUMN analytics.submission_records.cpu_seconds IS 'Processor time of the check';
COMMENT ON COLUMN analytics.submission_records.memory_bytes IS 'Peak memory of the check';
COMMENT ON COLUMN analytics.submission_records.source_bytes IS 'Size of what was sent';
COMMENT ON COLUMN analytics.submission_records.tests IS
    'Array of {name, outcome, seconds, score, max_score}; outcome: passed, failed, error, timeout, skipped';
COMMENT ON COLUMN analytics.submission_records.updated_at IS 'Last change of the row, stamped by trigger';

-- Rows are read in this order, from where the last read ended.
CREATE INDEX IF NOT EXISTS submission_records_changes
    ON analytics.submission_records (updated_at, submission_id, check_number);

-- now() would be the start of the transaction, and what an application or an ORM writes is the clock of another
-- machine, or missing after a bulk update: so the trigger overrides it.
CREATE OR REPLACE FUNCTION analytics.stamp_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION analytics.stamp_updated_at() IS 'Stamps the change of a row with the clock of the database';

CREATE OR REPLACE TRIGGER stamp_updated_at BEFORE INSERT OR UPDATE ON analytics.submission_records
    FOR EACH ROW EXECUTE FUNCTION analytics.stamp_updated_at();

CREATE TABLE IF NOT EXISTS analytics.courses (
    course text PRIMARY KEY CHECK (octet_length(course) BETWEEN 1 AND 256),
    title  text,
    term   text
);
COMMENT ON TABLE analytics.courses IS 'One row a course in one term';
COMMENT ON COLUMN analytics.courses.course IS 'Slug; the same course in another term is another slug';
COMMENT ON COLUMN analytics.courses.title IS 'Name for people';
COMMENT ON COLUMN analytics.courses.term IS 'Term for people, like 2026 autumn';

CREATE TABLE IF NOT EXISTS analytics.assignments (
    course      text NOT NULL CHECK (octet_length(course) BETWEEN 1 AND 256),
    assignment  text NOT NULL CHECK (octet_length(assignment) BETWEEN 1 AND 256),
    title       text,
    opens_at    timestamptz,
    deadline_at timestamptz,
    max_score   double precision CHECK (max_score >= 0),
    PRIMARY KEY (course, assignment)
);
COMMENT ON TABLE analytics.assignments IS 'One row a homework';
COMMENT ON COLUMN analytics.assignments.course IS 'Slug of the course in one term';
COMMENT ON COLUMN analytics.assignments.assignment IS 'Slug of the homework in its course';
COMMENT ON COLUMN analytics.assignments.title IS 'Name for people';
COMMENT ON COLUMN analytics.assignments.opens_at IS 'From when on it can be submitted';
COMMENT ON COLUMN analytics.assignments.deadline_at IS 'Until when a submission is in time; never late where null';
COMMENT ON COLUMN analytics.assignments.max_score IS 'Points to reach';

CREATE TABLE IF NOT EXISTS analytics.enrolments (
    course  text NOT NULL CHECK (octet_length(course) BETWEEN 1 AND 256),
    student text NOT NULL CHECK (octet_length(student) BETWEEN 1 AND 256),
    PRIMARY KEY (course, student)
);
COMMENT ON TABLE analytics.enrolments IS 'Who takes which course';
COMMENT ON COLUMN analytics.enrolments.course IS 'Slug of the course in one term';
COMMENT ON COLUMN analytics.enrolments.student IS 'The same opaque id as in submission_records';

CREATE TABLE IF NOT EXISTS analytics.course_staff (
    course text NOT NULL CHECK (octet_length(course) BETWEEN 1 AND 256),
    login  text NOT NULL,
    email  text,
    role   text NOT NULL,
    PRIMARY KEY (course, login)
);
COMMENT ON TABLE analytics.course_staff IS
    'Who teaches which course, for permissions in Grafana; the exporter does not read it';
COMMENT ON COLUMN analytics.course_staff.course IS 'Slug of the course in one term';
COMMENT ON COLUMN analytics.course_staff.login IS 'Login in Grafana';
COMMENT ON COLUMN analytics.course_staff.email IS 'E-mail address in Grafana';
COMMENT ON COLUMN analytics.course_staff.role IS 'Like teacher or assistant';

CREATE TABLE IF NOT EXISTS analytics.workers (
    worker text PRIMARY KEY CHECK (octet_length(worker) BETWEEN 1 AND 256),
    slots  integer NOT NULL CHECK (slots >= 1)
);
COMMENT ON TABLE analytics.workers IS 'The machines that run checks';
COMMENT ON COLUMN analytics.workers.worker IS 'The same name as in submission_records';
COMMENT ON COLUMN analytics.workers.slots IS 'How many checks it runs at a time';

COMMIT;
