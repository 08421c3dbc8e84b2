/** Messages that wait are bounded in all they could burst (W3), and one that cannot be handled harms no other (W4). */
import { invalid } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { decideCommand, decideWake } from './decide.ts';
import { contextOf, create, LIMITS, openScene, upgrade } from './scene.ts';

const HOUR_MS = 3_600_000;
const letter = (payload = '') => ({ topic: 't', messageId: 'm', publishedAtMs: 1, payload, properties: {} });
const event = (eventKey: string, payload = '') =>
  ({ type: 'event', eventKey, publishedAtMs: 1_000_000, letter: letter(payload) }) as const;

test('W3: what waits is bounded in bytes, not only in number', () => {
  const scene = openScene();
  const ask = (key: string) => {
    const decision = decideCommand(
      scene.state,
      scene.waiting,
      upgrade('free', 'starter'),
      event(key, 'x'.repeat(1500)),
      contextOf(scene),
    );
    scene.state = decision.state;
    scene.waiting = decision.waiting;
    return decision.disposition;
  };
  expect([ask('a').kind, ask('b').kind]).toEqual(['waiting', 'waiting']);
  expect(ask('c')).toMatchObject({ kind: 'refused', code: 'overloaded' });
  expect(scene.waiting).toHaveLength(2);
});

test('W3: many that end at once end over several commits, in order, without waiting in between', () => {
  const scene = openScene();
  for (let i = 0; i < 3; i++) scene.event(upgrade('free', 'starter'));
  scene.nowMs += 25 * HOUR_MS;
  scene.wake();
  expect([scene.letters(), scene.waiting.length]).toEqual([['tenant-unknown', 'tenant-unknown'], 1]);
  expect(scene.last().wakeAtMs).toBe(scene.nowMs);
  scene.wake();
  expect([scene.letters().length, scene.waiting.length, scene.last().wakeAtMs]).toEqual([3, 0, undefined]);
  const ids = scene.outgoing.map((out) => (out.kind === 'dead-letter' ? out.letter.messageId : ''));
  expect(ids).toEqual(['m1', 'm2', 'm3']);
});

test('limits that no backend takes are refused by name, and nothing of the attempt is kept', () => {
  const scene = openScene();
  const context = {
    ...contextOf(scene),
    graph: () => {
      throw invalid('minio-bucket: /quotaBytes: too big', { code: 'BadSpec' });
    },
  };
  const decision = decideCommand(scene.state, [], create({ tier: 'custom', limits: LIMITS }), event('a'), context);
  expect(decision.disposition).toMatchObject({ kind: 'refused', code: 'invalid' });
  expect([decision.state.generation, decision.state.phase, decision.outgoing.map(({ kind }) => kind)]).toEqual([
    0,
    'none',
    ['dead-letter'],
  ]);
});

test('W4: a waiting message that cannot be handled becomes a dead letter alone; the one behind it acts', () => {
  const scene = openScene();
  scene.event(create());
  scene.event(upgrade('free', 'enterprise'));
  scene.event(upgrade('free', 'starter'));
  expect(scene.waiting).toHaveLength(2);
  const { graph, ...rest } = contextOf(scene);
  const context = {
    ...rest,
    graph: (...[tier, limits, tenantId]: Parameters<typeof graph>) => {
      if (tier === 'enterprise') throw new TypeError('a bug of ours');
      return graph(tier, limits, tenantId);
    },
  };
  const ready = {
    ...scene.state,
    records: scene.state.records.map((record) => ({ ...record, status: 'skipped' as const })),
  };
  const decision = decideWake(ready, scene.waiting, { ...context, kinds: new Map() });
  expect(decision.outgoing.flatMap((out) => (out.kind === 'dead-letter' ? [out.code] : []))).toEqual(['internal']);
  expect([decision.state.tier, decision.waiting]).toEqual(['starter', []]);
});
