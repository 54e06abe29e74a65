-- Optional: tells the exporter of new records at once, where the two polls a second that it makes by default are too
-- slow. It is for the reference schema; with a schema of your own put the trigger on the table that holds the checks.
-- Name the channel in the exporter's configuration file:
--     postgres:
--       listen: gradewatch
-- To LISTEN needs no grant. This can be run again.
--
-- It is not run by default: to write its notifications in the order of the commits, PostgreSQL lets only one
-- transaction with a notification commit at a time, in the whole cluster. Polling is cheap, and makes nobody wait.

BEGIN;

CREATE OR REPLACE FUNCTION analytics.notify_of_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('gradewatch', ''); -- several in one transaction become one
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION analytics.notify_of_records() IS 'Tells the exporter that records have changed';

CREATE OR REPLACE TRIGGER notify_of_records AFTER INSERT OR UPDATE ON analytics.submission_records
    FOR EACH STATEMENT EXECUTE FUNCTION analytics.notify_of_records();

COMMIT;
