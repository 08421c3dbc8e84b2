/**
 * What the writer's thread does: the only connection that changes its SQLite file, so that an fsync never holds up the event loop.
 * writer-entry.ts is the thread.
 *
 * 1. A batch is one transaction; each unit in it is a savepoint, so a unit that fails or is refused undoes itself alone.
 * 2. The reply to a batch is posted after its COMMIT, which at synchronous=FULL has synced the write-ahead log.
 * 3. Errors such as a full disk make SQLite give up the whole transaction, savepoints included: then the whole batch fails.
 * 4. Nothing is written to a file that is no longer under its name, or whose content is known to be damaged.
 */
import { DatabaseSync } from 'node:sqlite';
import type { SqlFailure, UnitAnswer, WriterData, WriterReply, WriterRequest, WriteUnit } from './protocol.ts';
import { BUSY_MS, createSoundness } from './soundness.ts';
import { asFailure, createStatementCache, type StatementCache } from './statements.ts';

/** The owner's door, as a worker thread has it. */
export interface WriterPort {
  postMessage(reply: WriterReply): void;
  on(event: 'message', hear: (request: WriterRequest) => void): unknown;
  close(): void;
}

interface Connection {
  readonly db: DatabaseSync;
  readonly statements: StatementCache;
}

function connect({ path, cachePages }: WriterData): Connection {
  const db = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true });
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = ${cachePages};
    PRAGMA journal_size_limit = 16777216; PRAGMA temp_store = MEMORY`);
  return { db, statements: createStatementCache(db) };
}

function migrate(db: DatabaseSync, migrations: readonly string[]): WriterReply {
  db.exec('BEGIN IMMEDIATE');
  try {
    const found = Number(Object.values(db.prepare('PRAGMA user_version').get() ?? {})[0] ?? 0);
    if (found > migrations.length) {
      db.exec('ROLLBACK');
      return { kind: 'newer', found };
    }
    for (const sql of migrations.slice(found)) db.exec(sql);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
    return { kind: 'open' };
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function applyUnit({ db, statements }: Connection, unit: WriteUnit): UnitAnswer {
  if (unit.guard) {
    const row = statements.all(unit.guard)[0];
    const verdict = row === undefined ? null : Object.values(row)[0];
    if (verdict === null || verdict === undefined || verdict === 0 || verdict === 0n) {
      return { kind: 'refused', guard: row };
    }
  }
  db.exec('SAVEPOINT unit');
  try {
    const results = unit.statements.map((statement) => statements.run(statement));
    db.exec('RELEASE unit');
    return { kind: 'applied', results };
  } catch (error) {
    if (!db.isTransaction) throw error;
    db.exec('ROLLBACK TO unit; RELEASE unit');
    return { kind: 'failed', failure: asFailure(error) };
  }
}

function applyBatch(connection: Connection, units: readonly WriteUnit[]): WriterReply {
  const { db } = connection;
  let duringCommit = false;
  try {
    db.exec('BEGIN IMMEDIATE');
    const answers = units.map((unit): UnitAnswer => {
      try {
        return applyUnit(connection, unit);
      } catch (error) {
        if (!db.isTransaction) throw error;
        return { kind: 'failed', failure: asFailure(error) };
      }
    });
    duringCommit = true;
    db.exec('COMMIT');
    return { kind: 'done', answers };
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    return { kind: 'batch-failed', failure: asFailure(error), duringCommit };
  }
}

const failuresOf = (answer: WriterReply): readonly SqlFailure[] => {
  if (answer.kind === 'batch-failed') return [answer.failure];
  if (answer.kind !== 'done') return [];
  return answer.answers.flatMap((unit) => (unit.kind === 'failed' ? [unit.failure] : []));
};

function start(data: WriterData, port: WriterPort): void {
  const reply = (message: WriterReply) => port.postMessage(message);
  let connection = connect(data);
  const opened = migrate(connection.db, data.migrations);
  reply(opened);
  if (opened.kind !== 'open') {
    connection.db.close();
    return;
  }
  const soundness = createSoundness(data, () => connection.db);
  const reopen = () => {
    connection.db.close();
    connection = connect(data);
  };
  const apply = (units: readonly WriteUnit[]): WriterReply => {
    const failure = soundness.before();
    if (failure) return { kind: 'batch-failed', failure, duringCommit: false };
    const answer = applyBatch(connection, units);
    soundness.after(failuresOf(answer));
    return answer;
  };
  port.on('message', (request: WriterRequest) => {
    if (request.kind === 'batch') return reply(apply(request.units));
    if (request.kind === 'check') return reply(soundness.check(request.doubted, reopen));
    connection.db.close();
    port.close();
  });
}

/** Opens the file, says how that went, and answers one request after another until it is told to close. */
export function serveWriter(data: WriterData, port: WriterPort): void {
  try {
    start(data, port);
  } catch (error) {
    port.postMessage({ kind: 'open-failed', failure: asFailure(error) });
  }
}
