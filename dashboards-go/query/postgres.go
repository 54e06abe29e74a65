package query

import "github.com/gradewatch/gradewatch/exporter/metrics"

// PostgresServers lists the servers that are watched.
func PostgresServers() string { return "label_values(pg_up, instance)" }

// PostgresUp is 1 while the exporter reaches every server, and 0 when one does not answer; nothing means that the exporter
// is gone.
func PostgresUp() Expression { return Expression("min (" + ofServer("pg_up") + ")") }

// ServersUp is 1 for each server that its exporter reaches, and 0 for one that does not answer.
func ServersUp() Expression { return Expression("min by (instance) (" + ofServer("pg_up") + ")") }

// ClientShare is how large a part of the connections that it allows its clients take on the fullest server; at 1 it refuses
// new ones.
func ClientShare() Expression {
	return Expression("max (\n  sum by (instance) (" + clients("pg_stat_activity_count") + ")\n  / " + string(ClientLimit()) + "\n)")
}

// ClientsByState is how many clients of each server are in each state; many idle in a transaction hold locks and do nothing.
func ClientsByState() Expression {
	return Expression("sum by (instance, state) (" + clients("pg_stat_activity_count") + ")")
}

// ClientLimit is how many connections each server allows; clients that come near it want a pool or a higher limit.
func ClientLimit() Expression {
	return Expression("max by (instance) (" + ofServer("pg_settings_max_connections") + ")")
}

// LongestTransaction is for how long the oldest transaction has been open; above minutes it keeps dead rows alive.
func LongestTransaction() Expression {
	return Expression("max (" + clients("pg_stat_activity_max_tx_duration") + ")")
}

// LongestByApplication is for how long each application's oldest transaction has been open; a straight rise is one that
// nobody ends. Clients that give no name are left out.
func LongestByApplication() Expression {
	return Expression("max by (application_name) (" + clients("pg_stat_activity_max_tx_duration", `application_name!=""`) + ")")
}

// LockWaiters is how many clients wait for a lock that another holds; several that stay are a queue behind one transaction.
func LockWaiters() Expression {
	waiting := Expression("sum (" + clients("pg_stat_activity_count", `wait_event_type="Lock"`) + ")")
	// The exporter itself is always a client that is active, unless the server does not answer.
	return OrZero(waiting, Expression(clients("pg_stat_activity_count")))
}

// Waiters is how many busy clients wait, by what for; much IO is a slow disk, locks are transactions in each other's way.
func Waiters() Expression {
	return Expression("sum by (wait_event_type) (" +
		clients("pg_stat_activity_count", `state="active"`, `wait_event_type!=""`) + ")")
}

// Deadlocks is how many transactions the server ended within the window because they waited for each other; each is an error
// for somebody.
func Deadlocks(window string) Expression {
	return foreignGain(ofServer("pg_stat_database_deadlocks"), window)
}

// Commits is how many transactions end well in a second; it follows what users do.
func Commits() Expression { return foreignRate(ofServer("pg_stat_database_xact_commit")) }

// Rollbacks is how many are undone in a second; a step is an error in the service.
func Rollbacks() Expression { return foreignRate(ofServer("pg_stat_database_xact_rollback")) }

// BufferHitShare is the share of pages within the window that the server had in its own memory; below 0.99 memory is short.
func BufferHitShare(window string) Expression {
	hits, reads := foreignGain(ofServer("pg_stat_database_blks_hit"), window), foreignGain(ofServer("pg_stat_database_blks_read"), window)
	return Ratio(hits, Expression(string(hits)+" + "+string(reads)))
}

// page is how many bytes a page of PostgreSQL has, unless somebody built it with another size.
const page = 8192

// PageReads is how many bytes in a second the server reads because they are not in its memory; it rises when tables outgrow it.
func PageReads() Expression { return Scaled(foreignRate(ofServer("pg_stat_database_blks_read")), page) }

// Spilled is how many bytes in a second queries write to temporary files; they sort or join more than work_mem holds.
func Spilled() Expression { return foreignRate(ofServer("pg_stat_database_temp_bytes")) }

// TimedCheckpoints is how many checkpoints begin in a minute because it is time. The exporter shows them if it runs with the
// collector stat_checkpointer.
func TimedCheckpoints() Expression {
	return Scaled(foreignRate(ofServer("pg_stat_checkpointer_num_timed_total")), 60)
}

// RequestedCheckpoints is how many begin in a minute before it is time; more than the timed ones mean that max_wal_size is
// too small.
func RequestedCheckpoints() Expression {
	return Scaled(foreignRate(ofServer("pg_stat_checkpointer_num_requested_total")), 60)
}

// DatabaseSize is how large each database is; its slope says how fast the disk fills.
func DatabaseSize() Expression {
	return Expression("max by (instance, datname) (" + ofServer("pg_database_size_bytes", `datname!~"template.*"`) + ")")
}

// WALSize is how much the write-ahead log of each server takes; above max_wal_size something keeps it.
func WALSize() Expression {
	return Expression("max by (instance) (" + ofServer("pg_wal_size_bytes") + ")")
}

// KeptForSlot is how much of the log is kept for each replication slot; one that only grows belongs to a standby that is gone.
func KeptForSlot() Expression {
	return Expression("max by (instance, slot_name) (" + ofServer("pg_replication_slots_pg_wal_lsn_diff") + ")")
}

// TableSize is how much each table takes with its indexes; much for few rows is space that vacuum did not get back.
func TableSize() Expression {
	return byTable("pg_stat_user_tables_table_size_bytes") + "\n+ " + byTable("pg_stat_user_tables_index_size_bytes")
}

// RowsChanged is how many rows of each table were inserted, updated or deleted within the window; each update and deletion
// leaves a dead row.
func RowsChanged(window string) Expression {
	gained := func(counter string) Expression { return foreignGain(ofServer(counter), window, table...) }
	return gained("pg_stat_user_tables_n_tup_ins") +
		"\n+ " + gained("pg_stat_user_tables_n_tup_upd") +
		"\n+ " + gained("pg_stat_user_tables_n_tup_del")
}

// DeadRows is how many dead rows each table has; they take space and time until vacuum comes.
func DeadRows() Expression { return byTable("pg_stat_user_tables_n_dead_tup") }

// DeadShare is the share of each table's rows that are dead; above 0.2 autovacuum comes too late, or something holds it off.
func DeadShare() Expression {
	return Ratio(DeadRows(), DeadRows()+" + "+byTable("pg_stat_user_tables_n_live_tup"))
}

// SinceVacuum is how long ago autovacuum ended on each table; nothing where it never did.
func SinceVacuum() Expression {
	return "time() - (" + byTable("pg_stat_user_tables_last_autovacuum") + " > 0)"
}

// table is what tells tables apart: schemas, databases and servers may each have one of the same name.
var table = []metrics.Label{"instance", "datname", "schemaname", "relname"}

// byTable is a figure of each table.
func byTable(name string) Expression {
	return Expression("max" + by(table) + " (" + ofServer(name) + ")")
}

// ofServer are the series of the servers that the reader chose.
func ofServer(name string, matchers ...string) string {
	return matching(name, append(matchers, `instance=~"$instance"`)...)
}

// clients are the series of connections that count towards the limit; workers of the server itself do not.
func clients(name string, matchers ...string) string {
	return ofServer(name, append(matchers, `backend_type="client backend"`)...)
}
