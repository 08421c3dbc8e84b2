/**
 * The oracle says what the event contract says, case by case.
 */
import { expect, test } from 'vitest';
import {
  type Asked,
  ask,
  complete,
  expires,
  graceEnds,
  type Model,
  NO_TENANT,
  released,
  releaseRefused,
  removed,
} from './oracle.ts';
import type { Command } from './service.ts';
import { LIMITS } from './tiers.ts';

let keys = 0;
const event = (command: Command, saidAtMs: number): Asked => {
  keys += 1;
  return { key: `e${keys}`, command, by: 'event', saidAtMs };
};
const created = (fields: Partial<Command & { kind: 'create' }> = {}): Command => ({
  kind: 'create',
  name: 'A',
  tier: 'starter',
  ...fields,
});
const upgraded = (previousTier: 'starter' | 'free', newTier: 'free' | 'enterprise'): Command => ({
  kind: 'upgrade',
  previousTier,
  newTier,
});
const DELETE: Command = { kind: 'delete', force: false };

const ready = (): Model => complete(ask(NO_TENANT, event(created(), 100), 100), 200) as Model;
const codes = (model: Model): readonly string[] => model.letters.map((letter) => letter.split(' ')[1] ?? '');

test('a creation twice is one; with another name or tier it is a tenant-conflict', () => {
  const model = ready();
  expect(ask(model, event(created(), 300), 300)).toEqual(model);
  expect(codes(ask(model, event(created({ name: 'B' }), 300), 300))).toEqual(['tenant-conflict']);
  expect(codes(ask(model, event(created({ tier: 'free' }), 300), 300))).toEqual(['tenant-conflict']);
});

test('the custom tier needs its limits', () => {
  expect(codes(ask(NO_TENANT, event(created({ tier: 'custom' }), 1), 1))).toEqual(['limits-missing']);
  expect(ask(NO_TENANT, event(created({ tier: 'custom', limits: LIMITS }), 1), 1).generation).toBe(1);
});

test('a deletion leaves a tombstone, also of a tenant that never was; only a later creation begins a generation', () => {
  const gone = ask(NO_TENANT, event(DELETE, 500), 500);
  expect(gone.phase).toBe('gone');
  expect(ask(gone, event(created({ createdAtMs: 500 }), 900), 900)).toEqual(gone);
  expect(ask(gone, event(created({ createdAtMs: 501 }), 900), 900)).toMatchObject({ phase: 'active', generation: 1 });
});

test('an upgrade waits for the tenant and for the tier that it starts from, each for its time', () => {
  const early = ask(NO_TENANT, event(upgraded('starter', 'free'), 50), 50);
  expect(early.waiting).toHaveLength(1);
  const begun = ask(early, event(created(), 100), 100);
  expect(complete(begun, 200)).toMatchObject({ tier: 'free', waiting: [], complete: false });
  const stale = ask(ready(), event(upgraded('free', 'enterprise'), 300), 300);
  const key = stale.waiting[0]?.key ?? '';
  expect(expires(stale, key, 'stale', 1_000, 1_299)).toBeUndefined();
  expect(expires(stale, key, 'stale', 1_000, 1_300)?.letters).toEqual([`${key} stale`]);
});

test('a tenant that leaves is taken down after its grace, and a creation said later waits for the end', () => {
  const leaving = ask(ready(), event(DELETE, 1_000), 1_000);
  expect(leaving.phase).toBe('leaving');
  expect(graceEnds(leaving, 6_999)).toBeUndefined();
  const deleting = graceEnds(leaving, 7_000) as Model;
  const asked = ask(deleting, event(created(), 7_500), 7_500);
  expect(asked.waiting).toHaveLength(1);
  expect(removed(asked, 8_000)).toMatchObject({ phase: 'active', generation: 2, waiting: [] });
});

test('protection refuses an event, a restore brings back what was before', () => {
  const guarded = ask(ready(), { key: 'r', command: { kind: 'protect', protected: true }, by: 'rest', saidAtMs: 1 }, 1);
  expect(codes(ask(guarded, event(DELETE, 1_000), 1_000))).toEqual(['protected']);
  const leaving = ask(ready(), event(DELETE, 1_000), 1_000);
  const back = ask(leaving, { key: 's', command: { kind: 'restore' }, by: 'rest', saidAtMs: 2 }, 2_000);
  expect(back).toMatchObject({ phase: 'active', tombstoneAtMs: undefined });
});

test('a deletion that the brake holds changes nothing yet; creations said later wait for what becomes of it', () => {
  const held = ask(ready(), { ...event(DELETE, 1_000), braked: true }, 1_000);
  expect(held).toMatchObject({ phase: 'active', held: { saidAtMs: 1_000 } });
  expect(held.tombstoneAtMs).toBeUndefined();
  expect(ask(held, event(created(), 900), 1_100)).toEqual(held);
  const asked = ask(held, event(created(), 1_200), 1_300);
  expect(asked.waiting).toHaveLength(1);
  expect(released(asked, 2_000)).toMatchObject({ phase: 'leaving', tombstoneAtMs: 1_000, held: undefined });
  const back = ask(asked, { key: 'b', command: { kind: 'restore' }, by: 'rest', saidAtMs: 3 }, 2_000);
  expect(back).toMatchObject({ phase: 'active', held: undefined, waiting: [] });
  const guarded = ask(
    held,
    { key: 'g', command: { kind: 'protect', protected: true }, by: 'rest', saidAtMs: 3 },
    2_000,
  );
  expect(released(guarded, 2_000)).toBeUndefined();
  expect(codes(releaseRefused(guarded, 2_000) as Model)).toEqual(['protected']);
});
