#!/bin/sh
# Gives the role of the exporter its password, from the environment of the container and so in no file.
set -eu
psql --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --set=ON_ERROR_STOP=1 <<'SQL'
\getenv password GRADEWATCH_PASSWORD
ALTER ROLE gradewatch PASSWORD :'password';
SQL
