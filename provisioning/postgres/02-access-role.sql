-- The role of dashboards apply, where it takes courses and their staff from the database: it may read who teaches what, and no
-- submission and no student. Run it where 02-role.sql is run, and in the same way; it can be run again. The password is not in
-- this file: set it in psql with \password gradewatch_access, and hand it over as PGPASSWORD, or in a file that PGPASSFILE names.

BEGIN;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gradewatch_access') THEN
        CREATE ROLE gradewatch_access LOGIN;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO gradewatch_access', current_database());
END
$$;

ALTER ROLE gradewatch_access SET default_transaction_read_only = on;
ALTER ROLE gradewatch_access SET statement_timeout = '1min';

CREATE SCHEMA IF NOT EXISTS analytics; -- empty where queries stand for it
REVOKE ALL ON SCHEMA analytics FROM gradewatch_access;
GRANT USAGE ON SCHEMA analytics TO gradewatch_access;
REVOKE ALL ON ALL TABLES IN SCHEMA analytics FROM gradewatch_access;
DO $$
DECLARE
    relation text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['courses', 'course_staff'] LOOP
        IF to_regclass('analytics.' || relation) IS NOT NULL THEN
            EXECUTE format('GRANT SELECT ON analytics.%I TO gradewatch_access', relation);
        END IF;
    END LOOP;
END
$$;

COMMIT;
