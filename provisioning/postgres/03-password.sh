#!/bin/sh
# Gives the roles the passwords that are in the files of provisioning/secrets.
set -eu
secrets=${SECRETS:-/run/secrets}

passfile() { # FILE of one line, host:port:database:role:password, in which \ stands before : and \
	sed -n 's/^[^:]*:[^:]*:[^:]*:[^:]*:\(.\)/\1/; t found
		d
		:found
		s/\\\(.\)/\1/g; p' "$secrets/$1"
}

password() { # ROLE PASSWORD
	if [ -z "$2" ]; then
		echo "$secrets has no password for the role $1; mend it, and remove the volume: a server is set up only once" >&2
		exit 1
	fi
	ROLE=$1 PASSWORD=$2 psql --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --set=ON_ERROR_STOP=1 --quiet <<'SQL'
\getenv role ROLE
\getenv password PASSWORD
ALTER ROLE :"role" PASSWORD :'password';
SQL
}

for role in gradewatch gradewatch_access gradewatch_service; do
	word=$(passfile $role.pgpass)
	password $role "$word"
done
word=$(cat "$secrets/gradewatch_monitor")
password gradewatch_monitor "$word"
