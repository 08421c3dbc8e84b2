export {
  BATCH_BYTES,
  BATCH_UNITS,
  openSqlite,
  QUEUE_BYTES,
  QUEUE_UNITS,
  type Read,
  type SqliteFile,
  type SqliteOptions,
} from './file.ts';
export { type FolderLock, lockFolder } from './lock.ts';
export type { SqlRow, SqlValue, Statement, StatementResult, WriteOutcome, WriteUnit } from './protocol.ts';
