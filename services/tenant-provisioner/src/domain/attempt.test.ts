/** A step of a decision that failed leaves nothing: what it changed, what it published, and what it ended. */
import { conflict, invalid } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { attempt } from './attempt.ts';
import { decideCommand, decideWake } from './decide.ts';
import { change, deadLetter, explain, openDraft } from './draft.ts';
import { contextOf, create, openScene, remove, upgrade } from './scene.ts';
import { emptyState } from './state.ts';

const letter = { topic: 't', messageId: 'm', publishedAtMs: 1, payload: '', properties: {} };

test('what was there before the step stays, and only that', () => {
  const draft = openDraft(emptyState('acme'), []);
  const before = draft.state;
  explain(draft, 'Before', 'said before');
  const refused = attempt(draft, 'invalid', () => {
    change(draft, { name: 'other' });
    explain(draft, 'Within', 'said within');
    deadLetter(draft, letter, 'invalid', 'no');
    draft.finished.push({} as never);
    draft.waiting = [{} as never];
    throw invalid('cannot', { code: 'X' });
  });
  expect(refused).toEqual({ kind: 'refused', code: 'invalid', message: 'cannot' });
  expect(draft.state).toBe(before);
  expect(draft.reasons.map(({ code }) => code)).toEqual(['Before']);
  expect([draft.outgoing, draft.finished, draft.waiting]).toEqual([[], [], []]);
});

test('what is no fault of what was asked is thrown, unless nobody could ask again', () => {
  const draft = openDraft(emptyState('acme'), []);
  const fail = (error: unknown) => () => {
    throw error;
  };
  expect(() => attempt(draft, 'invalid', fail(conflict('raced', { code: 'X' })))).toThrow('raced');
  expect(() => attempt(draft, 'invalid', fail(new TypeError('ours')))).toThrow('ours');
  expect(attempt(draft, 'everything', fail(new TypeError('ours')))).toMatchObject({
    kind: 'refused',
    code: 'internal',
  });
  expect(attempt(draft, 'everything', fail(invalid('cannot', { code: 'X' })))).toMatchObject({ code: 'invalid' });
  expect(attempt(draft, 'invalid', () => ({ kind: 'repeat' }))).toEqual({ kind: 'repeat' });
});

test('a tier change whose limits no backend takes ends no operation that was under way', () => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  const { operation } = scene.state;
  const graph = () => {
    throw invalid('too big', { code: 'BadSpec' });
  };
  const source = { type: 'event', eventKey: 'e', publishedAtMs: scene.nowMs, letter } as const;
  const decision = decideCommand(scene.state, [], upgrade('free', 'starter'), source, { ...contextOf(scene), graph });
  expect(decision.disposition).toMatchObject({ kind: 'refused', code: 'invalid' });
  expect([decision.finished, decision.state.operation, decision.state.tier]).toEqual([[], operation, 'free']);
  expect(decision.outgoing).toMatchObject([
    { kind: 'dead-letter', code: 'invalid', message: 'too big', attempts: 1, serial: 2 },
  ]);
});

test('a tenant without any resource is complete in the decision in which its creation had waited', () => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  scene.rest(remove({ graceMs: 0 }));
  scene.nowMs += 1;
  scene.event(create());
  // Nothing but the end of the removal is waited for: no time of its own wakes it.
  expect(scene.last().wakeAtMs).toBeUndefined();
  const state = { ...scene.state, records: [], graph: [] };
  const decision = decideWake(state, scene.waiting, { ...contextOf(scene), graph: () => [] });
  expect(decision.outgoing.map((out) => (out.kind === 'event' ? out.topic : out.kind))).toEqual([
    'tenant-deprovisioned-events',
    'tenant-provisioned-events',
  ]);
  expect([decision.state.generation, decision.state.operation?.outcome]).toEqual([2, 'completed']);
});
