export { openSqlite, type SqliteFile, type SqliteOptions } from './file.ts';
export { type FolderLock, lockFolder } from './lock.ts';
export type { SqlRow, SqlValue, Statement, StatementResult, WriteOutcome, WriteUnit } from './protocol.ts';
export type { Read } from './reader.ts';
export { BATCH_BYTES, BATCH_UNITS, QUEUE_BYTES, QUEUE_UNITS } from './write-queue.ts';
