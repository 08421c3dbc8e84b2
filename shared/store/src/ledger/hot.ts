/**
 * Which rows are hot, and the hints that follow from them (L3, L4).
 *
 * 1. A timer hint is written when its row appears or its due time changes; an outbox hint when the outbox goes from empty
 *    to not empty. Each carries the version that its commit creates.
 */
import { bug } from '@leasehold/kernel';
import { inSlice } from '../key-range.ts';
import { HOT_SLICES } from '../ledger.port.ts';
import type { DueHint } from '../port.ts';

const OUTBOX_PREFIX = 'outbox/';
export const TIMER_PREFIX = 'timer/';

export const isHot = (key: string): boolean => HOT_SLICES.some((slice) => inSlice(key, slice));

/** @throws `Bug` when the row of a timer is not JSON with a finite `dueAtMs`. */
export function timerDueAt(key: string, value: string): number {
  let dueAtMs: unknown;
  try {
    dueAtMs = (JSON.parse(value) as { dueAtMs?: unknown } | null)?.dueAtMs;
  } catch {
    dueAtMs = undefined;
  }
  if (typeof dueAtMs !== 'number' || !Number.isSafeInteger(dueAtMs)) {
    throw bug(`the timer row ${key} holds no whole number dueAtMs`);
  }
  return dueAtMs;
}

const hasOutbox = (rows: ReadonlyMap<string, string>): boolean => {
  for (const key of rows.keys()) if (key.startsWith(OUTBOX_PREFIX)) return true;
  return false;
};

export interface HintInput {
  readonly partition: string;
  readonly version: number;
  readonly before: ReadonlyMap<string, string>;
  /** Keys written by the commit. */
  readonly put: Iterable<string>;
  readonly after: ReadonlyMap<string, string>;
  readonly nowMs: number;
}

export function hintsOf({ partition, version, before, put, after, nowMs }: HintInput): readonly DueHint[] {
  const dues = new Set<number>();
  let outbox = false;
  for (const key of put) {
    if (key.startsWith(OUTBOX_PREFIX)) outbox = true;
    if (!key.startsWith(TIMER_PREFIX)) continue;
    const value = after.get(key) as string;
    const old = before.get(key);
    if (old === value) continue;
    const dueAtMs = timerDueAt(key, value);
    if (old === undefined || timerDueAt(key, old) !== dueAtMs) dues.add(dueAtMs);
  }
  const hints: DueHint[] = [...dues].map((dueAtMs) => ({ kind: 'timer', dueAtMs, partition, version }));
  if (outbox && hasOutbox(after) && !hasOutbox(before)) {
    hints.push({ kind: 'outbox', dueAtMs: nowMs, partition, version });
  }
  return hints;
}
