-- The role of postgres_exporter: it may read PostgreSQL's own statistics, and no table of the service. Run it in any database of the
-- server, as 02-role.sql and in the same way, by a superuser; it can be run again. The password is not in this file: set it in psql with
-- \password gradewatch_monitor.

BEGIN;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gradewatch_monitor') THEN
        CREATE ROLE gradewatch_monitor LOGIN;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO gradewatch_monitor', current_database());
END
$$;

ALTER ROLE gradewatch_monitor SET default_transaction_read_only = on;
ALTER ROLE gradewatch_monitor SET statement_timeout = '30s';
GRANT pg_monitor TO gradewatch_monitor;

COMMIT;
