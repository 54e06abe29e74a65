-- The role of the exporter: it is granted what the exporter reads and nothing else; what PUBLIC may do it may do too,
-- so in a cluster of several databases REVOKE CONNECT ON DATABASE … FROM PUBLIC where that matters. Run it in the
-- service's database, as a superuser or as an owner who may create roles, with psql --set=ON_ERROR_STOP=1, after
-- 01-schema.sql or after the views that stand for it. It can be run again, and should be when a relation was added or
-- replaced.
--
-- A query in the exporter's configuration file needs SELECT on the tables that it names, as well as on their schemas:
-- grant that here too, or better make the query a view in the schema analytics, so that the role sees no more than it.
--
-- The password is not in this file. Set it in psql with
--     \password gradewatch
-- or in a script, out of a file and not through the list of processes, with
--     psql <<'END'
--     \set password `cat password-file`
--     ALTER ROLE gradewatch PASSWORD :'password';
--     END
-- and hand it to the exporter as PGPASSWORD, or in a file that PGPASSFILE names.

BEGIN;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gradewatch') THEN
        CREATE ROLE gradewatch LOGIN;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO gradewatch', current_database());
END
$$;

-- Only the grants protect the data; these two settings catch accidents. A page of records takes far less than a minute.
ALTER ROLE gradewatch SET default_transaction_read_only = on;
ALTER ROLE gradewatch SET statement_timeout = '5min';

CREATE SCHEMA IF NOT EXISTS analytics; -- empty where queries stand for it
REVOKE ALL ON SCHEMA analytics FROM gradewatch;
GRANT USAGE ON SCHEMA analytics TO gradewatch;
REVOKE ALL ON ALL TABLES IN SCHEMA analytics FROM gradewatch;
DO $$
DECLARE
    relation text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['submission_records', 'courses', 'assignments', 'enrolments', 'workers'] LOOP
        IF to_regclass('analytics.' || relation) IS NOT NULL THEN
            EXECUTE format('GRANT SELECT ON analytics.%I TO gradewatch', relation);
        END IF;
    END LOOP;
END
$$;

-- So that no record is missed, the exporter has to know since when the oldest transaction is open: one that commits
-- late brings records with an updated_at in the past. Only this predefined role shows that. It also shows the text of
-- what other sessions run at the moment (pg_stat_activity), which may quote data, but no table. Who does not want that
-- leaves the grant out; then postgres.overlap in the exporter's configuration file has to be longer than any transaction
-- that writes records.
DO $$
BEGIN
    GRANT pg_read_all_stats TO gradewatch;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'pg_read_all_stats is not granted (%): the exporter goes by postgres.overlap instead', SQLERRM;
END
$$;

COMMIT;
