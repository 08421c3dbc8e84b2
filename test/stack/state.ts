/**
 * The state file: what runs, where, and as which process, so that a later run reuses it and a test in another process can
 * kill and restart it.
 *
 * 1. Written whole to a new file and renamed, so that a reader never sees half of it.
 * 2. A file that is missing, torn or of another version reads as "nothing runs".
 * 3. A stopped server keeps its record, so that its ports are there when it starts again.
 * 4. It holds no secret; those are in each server's folder, readable by the owner alone.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, systemClock } from '@leasehold/kernel';
import { withLock } from './lock.ts';

export type EngineKind = 'native' | 'compose';

/** Names a process for good: a pid alone may be handed to another one later. */
export interface ProcessMark {
  readonly pid: number;
  /** The kernel's start time of the process, or the id of its container. */
  readonly birth: string;
}

export interface ServerRecord {
  readonly engine: EngineKind;
  /** Digest of the definition, its files and program: another one means that the server must be started anew. */
  readonly digest: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly mark: ProcessMark;
}

export interface StackState {
  readonly version: 1;
  readonly servers: Readonly<Record<string, ServerRecord>>;
}

export const EMPTY_STATE: StackState = { version: 1, servers: {} };

type Loose = Record<string, unknown>;
const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null;
const isPort = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;

function isRecord(value: unknown): value is ServerRecord {
  if (!isObject(value) || !isObject(value.mark) || !isObject(value.ports)) return false;
  return (
    (value.engine === 'native' || value.engine === 'compose') &&
    typeof value.digest === 'string' &&
    Number.isInteger(value.mark.pid) &&
    typeof value.mark.birth === 'string' &&
    Object.values(value.ports).every(isPort)
  );
}

export function parseState(text: string): StackState {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return EMPTY_STATE;
  }
  if (!isObject(value) || value.version !== 1 || !isObject(value.servers)) return EMPTY_STATE;
  const entries = Object.entries(value.servers);
  return {
    version: 1,
    servers: Object.fromEntries(entries.filter((entry): entry is [string, ServerRecord] => isRecord(entry[1]))),
  };
}

export function readState(file: string): StackState {
  try {
    return parseState(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY_STATE;
    throw error;
  }
}

export function writeState(file: string, state: StackState): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/** The state with one server's record put, or taken out when `record` is undefined. */
function withRecord(state: StackState, name: string, record: ServerRecord | undefined): StackState {
  const { [name]: _before, ...others } = state.servers;
  return { version: 1, servers: record === undefined ? others : { ...others, [name]: record } };
}

/** Changes the file under a lock of its own: tests in several processes restart servers at once. */
export function recordServer(
  file: string,
  name: string,
  record: ServerRecord | undefined,
  clock: Clock = systemClock,
): Promise<void> {
  return withLock(
    `${file}.lock`,
    clock,
    () => undefined,
    async () => writeState(file, withRecord(readState(file), name, record)),
  );
}
