/**
 * Two controllers that set the same thing each their own way. What was repaired time and again, although it had been seen as it
 * should be in between, is left alone for growing pauses. Pure; the memory is in the node's record, so that it outlives a process.
 *
 * D1. Only repairs that came through are counted, by path, each soon after the one before.
 * D2. A pause has a bound; after it the repair is made once more. When nobody undoes that for a while, the fight is over.
 * D3. Withdrawing access is never held up: a plan for access alone does not ask here.
 */
import { bound } from '@leasehold/kernel';
import type { Change } from './provider.ts';
import type { LeftChange, NodeRecord, Repair } from './record.ts';

/** Repairs of one path that are made without a pause between them. */
export const FIGHT_REPAIRS = bound('fight-repairs', 4);
/** Repairs further apart than this are no fight. */
const WINDOW_MS = bound('fight-window-ms', 3_600_000);
const FIRST_PAUSE_MS = bound('fight-first-pause-ms', 600_000);
const PAUSE_CAP_MS = bound('fight-pause-cap-ms', 6 * 3_600_000);
/** How long after a repair the other may take to come back; a round of looks is shorter. */
const LULL_MS = bound('fight-lull-ms', 900_000);
/** Paths that are remembered of one node; the latest stay. */
const REMEMBERED = bound('fight-remembered-paths', 16);

const pauseMs = ({ times }: Repair): number =>
  times < FIGHT_REPAIRS.value
    ? 0
    : Math.min(FIRST_PAUSE_MS.value * 2 ** Math.min(times - FIGHT_REPAIRS.value, 30), PAUSE_CAP_MS.value);

type Memory = Pick<NodeRecord, 'repairs'>;

const repairOf = ({ repairs }: Memory, path: string): Repair | undefined => repairs?.find((one) => one.path === path);

/** When a repair may be made again; 0: no pause was ever needed. */
export function dampedUntilMs(memory: Memory, path: string): number {
  const repair = repairOf(memory, path);
  return repair === undefined ? 0 : repair.lastAtMs + pauseMs(repair);
}

/** Whether a repair waits now. */
export const isDamped = (memory: Memory, path: string, nowMs: number): boolean => nowMs < dampedUntilMs(memory, path);

/** Whether what is as it should be at a look was fought over a moment ago. */
export function isFought(memory: Memory, path: string, nowMs: number): boolean {
  const repair = repairOf(memory, path);
  return repair !== undefined && repair.times >= FIGHT_REPAIRS.value && nowMs <= repair.lastAtMs + LULL_MS.value;
}

/** Whether the fight over a path has been told before. */
export const isToldFight = (memory: Memory, path: string): boolean =>
  (repairOf(memory, path)?.times ?? 0) > FIGHT_REPAIRS.value;

const lastsUntilMs = (repair: Repair): number =>
  repair.lastAtMs + Math.max(WINDOW_MS.value, pauseMs(repair) + LULL_MS.value);

/** The memory after `changes` were repaired; what is long past is forgotten. `undefined`: nothing to remember. */
export function remember(
  memory: Memory,
  changes: readonly Change[],
  nowMs: number,
  atLeast = 0,
): readonly Repair[] | undefined {
  const known = (memory.repairs ?? []).filter((repair) => nowMs <= lastsUntilMs(repair));
  const paths = new Set(changes.map(({ path }) => path));
  const counted = [...paths].map((path): Repair => {
    const times = (repairOf({ repairs: known }, path)?.times ?? 0) + 1;
    return { path, times: Math.max(times, atLeast), lastAtMs: nowMs };
  });
  const all = [...known.filter(({ path }) => !paths.has(path)), ...counted].slice(-REMEMBERED.value);
  return all.length === 0 ? undefined : all;
}

/** Of what was left before, what is still fought over although it is as it should be at this look. */
export const lasting = ({ left = [] }: NodeRecord, memory: Memory, nowMs: number): readonly LeftChange[] =>
  left.filter(({ path, why }) => why === 'fight' && isFought(memory, path, nowMs));
