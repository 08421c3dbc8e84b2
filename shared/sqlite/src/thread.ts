/**
 * Starts the writer's thread and speaks with it: one batch at a time, so that whatever is queued meanwhile forms the next.
 *
 * 1. A batch that was with a writer which died rejects as `Unavailable` with `unknownOutcome`; the next one starts another.
 * 2. The thread keeps the process alive only while it has work.
 */
import { Worker } from 'node:worker_threads';
import { bound, bug, conflict, type Fault, unavailable } from '@leasehold/kernel';
import { sqliteFault } from './failure.ts';
import type { UnitAnswer, WriterData, WriterReply, WriterRequest, WriteUnit } from './protocol.ts';

const WRITER_HEAP_MB = bound('sqlite.writerHeapMb', 48);

export interface WriterThread {
  /** Resolves after the COMMIT, one answer for each unit. */
  apply(units: readonly WriteUnit[]): Promise<readonly UnitAnswer[]>;
  /** Whether the file can be worked with: room, content and a write to the disk. Throws as `apply` does. */
  check(doubted: boolean): Promise<{ readonly reopened: boolean }>;
  readonly dead: boolean;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (reply: WriterReply) => void;
  readonly reject: (fault: Fault) => void;
}

const writerDied = (cause: unknown): Fault =>
  unavailable('the SQLite writer stopped', {
    code: 'StoreUnavailable',
    backend: 'sqlite',
    unknownOutcome: true,
    cause,
  });

function openingFault(reply: WriterReply, file: string, known: number): Fault | undefined {
  if (reply.kind === 'open') return undefined;
  if (reply.kind === 'open-failed') return sqliteFault(reply.failure, { file });
  if (reply.kind !== 'newer') return bug(`the SQLite writer answered its start with ${reply.kind}`);
  return conflict(
    `the data was written by a newer release (schema ${reply.found}, this release knows ${known}): start that release`,
    { code: 'SchemaTooNew' },
  );
}

export async function startWriter(data: WriterData): Promise<WriterThread> {
  const worker = new Worker(new URL('./writer-entry.ts', import.meta.url), {
    workerData: data,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxOldGenerationSizeMb: WRITER_HEAP_MB.value, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 },
  });
  let waiting: Waiting | undefined;
  let dead = false;
  const settle = (act: (waiting: Waiting) => void) => {
    const current = waiting;
    waiting = undefined;
    worker.unref();
    if (current) act(current);
  };
  const die = (cause: unknown) => {
    dead = true;
    settle((current) => current.reject(writerDied(cause)));
  };
  const next = () =>
    new Promise<WriterReply>((resolve, reject) => {
      waiting = { resolve, reject };
      worker.ref();
    });
  worker.on('message', (reply: WriterReply) => settle((current) => current.resolve(reply)));
  worker.on('error', die);
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      die(new Error(`exit code ${code}`));
      resolve();
    });
  });
  const send = (request: WriterRequest) => worker.postMessage(request);

  const fault = openingFault(await next(), data.path, data.migrations.length);
  if (fault) {
    await worker.terminate();
    throw fault;
  }
  const ask = async (request: WriterRequest): Promise<WriterReply> => {
    const answer = next();
    send(request);
    return answer;
  };
  return {
    get dead() {
      return dead;
    },
    apply: async (units) => {
      const reply = await ask({ kind: 'batch', units });
      if (reply.kind === 'done') return reply.answers;
      if (reply.kind !== 'batch-failed') throw bug(`the SQLite writer answered a batch with ${reply.kind}`);
      throw sqliteFault(reply.failure, { file: data.path, duringCommit: reply.duringCommit });
    },
    check: async (doubted) => {
      const reply = await ask({ kind: 'check', doubted });
      if (reply.kind === 'sound') return reply;
      if (reply.kind !== 'unsound') throw bug(`the SQLite writer answered a check with ${reply.kind}`);
      throw sqliteFault(reply.failure, { file: data.path });
    },
    close: async () => {
      if (dead) return;
      worker.ref();
      send({ kind: 'close' });
      await exited;
    },
  };
}
