/**
 * The embedded backends' side of the contract: calls on the disk as calls on a backend, one writer per object, and a
 * `Backend` that is there while its folder can be written.
 *
 * 1. Changes of one object queue; different objects do not wait for each other.
 * 2. A full or broken disk is `Unavailable`; the folder's leftovers of a crash are swept before the first call.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from '@leasehold/engine';
import { bound, type Fault, unavailable } from '@leasehold/kernel';
import { type Around, type CallName, createCaller } from '../edge/caller.ts';
import { systemCode } from '../edge/network-fault.ts';
import { buildingPath, sweepLeftovers, writeFlushed } from './files.ts';

export interface Disk {
  readonly folder: string;
  read<T>(name: string, signal: AbortSignal, run: () => Promise<T>): Promise<T>;
  /** One at a time for each `object`. */
  change<T>(name: string, object: string, signal: AbortSignal, run: () => Promise<T>): Promise<T>;
  readonly backend: Backend;
}

export interface DiskOptions {
  readonly backend: string;
  readonly folder: string;
  readonly around?: Around | undefined;
}

const DISK_MS = bound('embedded-disk-ms', 10_000);
const PROBE_BYTES = bound('embedded-disk-probe-bytes', 4 * 1024);

export function createDisk(options: DiskOptions): Disk {
  const { folder } = options;
  const call = createCaller({ ...options, timeoutMs: DISK_MS, translate: diskFault });
  const turns = new Map<string, Promise<unknown>>();
  let swept: Promise<void> | undefined;
  const ready = () => {
    swept ??= mkdir(folder, { recursive: true }).then(() => sweepLeftovers(folder));
    swept.catch(() => {
      swept = undefined;
    });
    return swept;
  };
  const whenReady =
    <T>(run: () => Promise<T>) =>
    async () => {
      await ready();
      return run();
    };
  return {
    folder,
    read: (name, signal, run) => call({ name, kind: 'read' }, signal, whenReady(run)),
    change(name, object, signal, run) {
      const before = turns.get(object) ?? Promise.resolve();
      const turn = before.then(() => call({ name, kind: 'effect' }, signal, whenReady(run)));
      const ended = turn.then(
        () => undefined,
        () => undefined,
      );
      turns.set(object, ended);
      void ended.then(() => turns.get(object) === ended && turns.delete(object));
      return turn;
    },
    backend: {
      name: options.backend,
      embedded: true,
      probe: (signal) =>
        call({ name: 'probe', kind: 'read' }, signal, async () => {
          await ready();
          await tryWriting(folder);
        }),
      close: async () => {
        await Promise.all(turns.values());
      },
    },
  };
}

/** A record's worth on the disk: a folder may be open to writing and its disk full. */
async function tryWriting(folder: string): Promise<void> {
  const path = buildingPath(join(folder, 'probe'));
  try {
    await writeFlushed(path, 'x'.repeat(PROBE_BYTES.value));
  } finally {
    await rm(path, { force: true });
  }
}

function diskFault(error: unknown, call: CallName): Fault {
  const code = systemCode(error) ?? (error instanceof Error ? error.name : 'Error');
  return unavailable(`the embedded ${call.backend} cannot use its folder: ${code} (${call.name})`, {
    code: 'BackendFailed',
    backend: call.backend,
    cause: error,
    unknownOutcome: call.kind === 'effect',
  });
}
