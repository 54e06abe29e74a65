#!/bin/sh
# Gives the roles the passwords that are in the files of provisioning/secrets.
set -eu
secrets=${SECRETS:-/run/secrets}

passfile() { # FILE of one line, host:port:database:role:password, in which \ stands before : and \
	cut -d: -f5- "$secrets/$1" | sed 's/\\\(.\)/\1/g'
}

password() { # ROLE PASSWORD
	ROLE=$1 PASSWORD=$2 psql --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --set=ON_ERROR_STOP=1 --quiet <<'SQL'
\getenv role ROLE
\getenv password PASSWORD
ALTER ROLE :"role" PASSWORD :'password';
SQL
}

password gradewatch "$(passfile gradewatch.pgpass)"
password gradewatch_access "$(passfile gradewatch_access.pgpass)"
password gradewatch_service "$(passfile gradewatch_service.pgpass)"
password gradewatch_monitor "$(cat "$secrets/gradewatch_monitor")"
