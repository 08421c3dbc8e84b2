export {
  COMMIT_BYTES,
  COMMIT_CHANGES,
  checkCommit,
  checkPartition,
  KEY_BYTES,
  LOAD_KEYS,
  PAGE_ITEMS,
  pageLimit,
  SUMMARY_BYTES,
  TTL_MS,
  ttlSeconds,
  VALUE_BYTES,
} from './bounds.ts';
export { askLocalDataCenter } from './cassandra/data-centre.ts';
export type { CassandraCredentials, CassandraStoreOptions, CassandraTls } from './cassandra/options.ts';
export { createCassandraStore } from './cassandra/store.ts';
export { makeCursor, parseCursor } from './cursor.ts';
export { compareKeys, inSlice, prefixEnd } from './key-range.ts';
export { LEDGER_BOUNDS, type LedgerBounds } from './ledger/bounds.ts';
export { createLedger, type LedgerOptions } from './ledger/ledger.ts';
export { HOT_SLICES, type Ledger, type Update, type UpdateOptions } from './ledger.port.ts';
export type {
  CommitOutcome,
  CommitRequest,
  DirectoryEntry,
  DueHint,
  Lease,
  LeaseTable,
  Page,
  Row,
  Slice,
  Snapshot,
  Store,
} from './port.ts';
export { createSqliteStore, type SqliteStoreOptions } from './sqlite/store.ts';
