#!/bin/sh
# Gives the roles of the exporter and of dashboards apply their passwords, from the environment of the container and so in no file.
set -eu
psql --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --set=ON_ERROR_STOP=1 <<'SQL'
\getenv password GRADEWATCH_PASSWORD
ALTER ROLE gradewatch PASSWORD :'password';
\getenv access GRADEWATCH_ACCESS_PASSWORD
ALTER ROLE gradewatch_access PASSWORD :'access';
SQL
