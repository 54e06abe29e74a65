-- The role of the exporter: it may read what the exporter reads and nothing else. Run it in the service's database, as
-- its owner or a superuser, after 01-schema.sql or after the views that stand for it. It can be run again, and should
-- be when a relation was added or replaced.
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

GRANT USAGE ON SCHEMA analytics TO gradewatch;
REVOKE ALL ON ALL TABLES IN SCHEMA analytics FROM gradewatch;
DO $$
DECLARE
    relation text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['submission_records', 'courses', 'assignments'] LOOP
        IF to_regclass('analytics.' || relation) IS NOT NULL THEN
            EXECUTE format('GRANT SELECT ON analytics.%I TO gradewatch', relation);
        END IF;
    END LOOP;
END
$$;

-- A transaction that commits late leaves rows whose updated_at is older than rows already read. To read such rows
-- again, the exporter has to know when the oldest open transaction began, and pg_stat_activity shows that of other
-- users to members of pg_read_all_stats only. It shows them the text of running statements, too: where that is too
-- much, leave this grant out; the exporter then reads a fixed overlap again instead.
GRANT pg_read_all_stats TO gradewatch;

COMMIT;
