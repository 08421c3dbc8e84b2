/** C1: what a plan adds is admitted as a whole, and what is there or begun is no part of it. */
import { reason } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { overCeiling } from './ceiling.ts';
import type { NodePlan } from './plan.ts';
import { freshRecord, type NodeRecord } from './record.ts';

const plan = (id: string, action: NodePlan['action'] = 'create', kind = id): NodePlan => ({
  id,
  kind,
  name: id,
  action,
  changes: [],
  dependsOn: [],
  reason: reason('Absent', 'does not exist yet'),
});
const records = (...all: readonly NodeRecord[]) => new Map(all.map((record) => [record.id, record]));
const record = (id: string, more: Partial<NodeRecord> = {}, kind = id): NodeRecord => ({
  ...freshRecord({ id, kind, part: 'main', name: id }),
  ...more,
});

test('one kind over its ceiling refuses all that is added, and nothing else', () => {
  const plans = [plan('a'), plan('b'), plan('c', 'update')];
  const over = overCeiling(plans, records(), (kind) => (kind === 'b' ? reason('CeilingReached', 'full') : undefined));
  expect([over?.reason.code, over?.plans.map(({ id }) => id)]).toEqual(['CeilingReached', ['a', 'b']]);
});

test('what is there counts as held, what was begun is admitted already', () => {
  const asked: unknown[] = [];
  const intent = { action: 'create', atMs: 1, fence: 1 } as const;
  const all = records(record('x', { born: true }, 'k'), record('y', { intent }, 'k'), record('z', {}, 'k'));
  overCeiling([plan('y', 'create', 'k'), plan('z', 'create', 'k')], all, (kind, growth) => {
    asked.push([kind, growth]);
    return undefined;
  });
  expect(asked).toEqual([['k', { held: 2, added: 1 }]]);
});

test('what was refused before still counts: what could not be seen then is not made beside it', () => {
  const failure = { class: 'Conflict', code: 'CeilingReached', message: 'full', away: false, atMs: 1 } as const;
  const refused = record('a', { status: 'failed', failure });
  const full = (kind: string) => (kind === 'a' ? reason('CeilingReached', 'full') : undefined);
  const over = overCeiling([plan('b')], records(refused, record('b')), full);
  expect([over?.reason.code, over?.plans.map(({ id }) => id)]).toEqual(['CeilingReached', ['b']]);
  expect(overCeiling([plan('b', 'update')], records(refused, record('b')), full)).toBeUndefined();
  for (const other of [{ born: true }, { status: 'pending' as const }, { failure: { ...failure, code: 'NameTaken' } }])
    expect(overCeiling([plan('b')], records(record('a', { ...refused, ...other }), record('b')), full)).toBeUndefined();
});

test('what was refused before and is planned once more is counted once', () => {
  const failure = { class: 'Conflict', code: 'CeilingReached', message: 'full', away: false, atMs: 1 } as const;
  const asked: unknown[] = [];
  overCeiling([plan('a')], records(record('a', { status: 'failed', failure })), (kind, growth) => {
    asked.push([kind, growth]);
    return undefined;
  });
  expect(asked).toEqual([['a', { held: 0, added: 1 }]]);
});
