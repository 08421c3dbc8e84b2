/**
 * What crosses the thread boundary between a SQLite file's owner (`file.ts`) and its writer (`writer.ts`): plain values
 * that a structured clone carries. It imports nothing, so that the writer's thread starts quickly and stays small.
 */
export type SqlValue = null | number | bigint | string | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface Statement {
  readonly sql: string;
  readonly params?: readonly SqlValue[];
}

/** What is written together or not at all. */
export interface WriteUnit {
  /** A query. The unit is applied only if the first column of its first row is there, not NULL and not 0. */
  readonly guard?: Statement;
  readonly statements: readonly Statement[];
}

/** Of one statement: the rows it returned (`RETURNING`, a query) and how many it changed. */
export interface StatementResult {
  readonly rows: readonly SqlRow[];
  readonly changes: number;
}

export type WriteOutcome =
  | { readonly kind: 'applied'; readonly results: readonly StatementResult[] }
  | { readonly kind: 'refused'; readonly guard: SqlRow | undefined };

/** A driver's error as data: an Error's own fields are lost by the clone. */
export interface SqlFailure {
  readonly message: string;
  /** SQLite's extended result code; absent when it was not SQLite that threw. */
  readonly errcode?: number;
  /** The file is no longer under its name: nothing was tried. */
  readonly gone?: true;
}

export type UnitAnswer = WriteOutcome | { readonly kind: 'failed'; readonly failure: SqlFailure };

export interface WriterData {
  readonly path: string;
  readonly migrations: readonly string[];
  readonly cachePages: number;
}

export type WriterRequest =
  | { readonly kind: 'batch'; readonly units: readonly WriteUnit[] }
  /** `doubted`: what was read elsewhere says that the content may be damaged. */
  | { readonly kind: 'check'; readonly doubted: boolean }
  | { readonly kind: 'close' };

export type WriterReply =
  | { readonly kind: 'open' }
  | { readonly kind: 'newer'; readonly found: number }
  | { readonly kind: 'open-failed'; readonly failure: SqlFailure }
  /** One answer for each unit, in order; sent after the COMMIT returned. */
  | { readonly kind: 'done'; readonly answers: readonly UnitAnswer[] }
  /** The transaction of the whole batch failed: nothing of it holds, unless its COMMIT was what failed. */
  /** The file can be worked with. `reopened`: with another content than before, so that no page kept of it counts. */
  | { readonly kind: 'sound'; readonly reopened: boolean }
  | { readonly kind: 'unsound'; readonly failure: SqlFailure }
  | { readonly kind: 'batch-failed'; readonly failure: SqlFailure; readonly duringCommit: boolean };
