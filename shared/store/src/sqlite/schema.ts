/**
 * The tables of the embedded store. Scripts are append-only: a released one never changes.
 */
export const STORE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE partitions (
     partition TEXT PRIMARY KEY, version INTEGER NOT NULL, recent_commits TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE facts (
     partition TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, expires_at_ms INTEGER,
     PRIMARY KEY (partition, key));
   CREATE INDEX facts_expiring ON facts (expires_at_ms) WHERE expires_at_ms IS NOT NULL;
   CREATE TABLE hints (
     due_at_ms INTEGER NOT NULL, kind TEXT NOT NULL, partition TEXT NOT NULL, version INTEGER NOT NULL,
     PRIMARY KEY (due_at_ms, kind, partition, version)) WITHOUT ROWID;
   CREATE TABLE directory (
     directory TEXT NOT NULL, name TEXT NOT NULL, summary TEXT NOT NULL, version INTEGER NOT NULL,
     PRIMARY KEY (directory, name)) WITHOUT ROWID;
   CREATE TABLE leases (
     name TEXT PRIMARY KEY, holder TEXT NOT NULL, generation INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL,
     released INTEGER NOT NULL) WITHOUT ROWID;`,
];
