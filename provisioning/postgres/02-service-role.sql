-- The role of a service that writes the records itself into the reference schema: it may read, write and delete what stands there, and
-- change no table. A service with tables of its own needs no such role. Run it in the service's database, as 02-role.sql and in the
-- same way; it can be run again. The password is not in this file: set it in psql with \password gradewatch_service.

BEGIN;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gradewatch_service') THEN
        CREATE ROLE gradewatch_service LOGIN;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO gradewatch_service', current_database());
END
$$;

GRANT USAGE ON SCHEMA analytics TO gradewatch_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA analytics TO gradewatch_service;

COMMIT;
