/** Trace context goes from what was asked to everything that is published of it, however much later. */
import type { Trace } from '@leasehold/controller/model';
import { expect, test } from 'vitest';
import type { Command } from './command.ts';
import { decideCommand } from './decide.ts';
import { contextOf, create, openScene, remove, type Scene, upgrade } from './scene.ts';

const traceOf = (digit: string): Trace => ({ traceparent: `00-${digit.repeat(32)}-${digit.repeat(16)}-01` });

function say(scene: Scene, command: Command, trace: Trace): void {
  const letter = { topic: 't', messageId: trace.traceparent, publishedAtMs: scene.nowMs, payload: '', properties: {} };
  const source = { type: 'event', eventKey: trace.traceparent, publishedAtMs: scene.nowMs, letter, trace } as const;
  const decision = decideCommand(scene.state, scene.waiting, command, source, contextOf(scene));
  scene.state = decision.state;
  scene.waiting = decision.waiting;
  scene.outgoing.push(...decision.outgoing);
}
const traces = (scene: Scene) =>
  scene.outgoing.flatMap((out) => (out.kind === 'event' ? [out.trace?.traceparent[3]] : []));

test('completion is told with the trace of the creation, a waiting tier change with its own', () => {
  const scene = openScene();
  say(scene, create(), traceOf('a'));
  say(scene, upgrade('free', 'starter'), traceOf('b'));
  scene.settle();
  scene.settle();
  expect(scene.topics()).toEqual(['tenant-provisioned-events', 'tenant-provisioned-events']);
  expect(traces(scene)).toEqual(['a', 'b']);
});

test('a deletion carries its trace through grace and removal to its end; a new operation has one of its own', () => {
  const scene = openScene();
  say(scene, create(), traceOf('a'));
  scene.settle();
  say(scene, remove(), traceOf('b'));
  scene.settle();
  scene.rest({ kind: 'restore' });
  scene.settle();
  say(scene, remove(), traceOf('c'));
  scene.settle();
  scene.nowMs += 25 * 3_600_000;
  scene.wake();
  scene.settle();
  expect(scene.topics().length).toBe(6);
  expect(traces(scene)).toEqual(['a', 'b', undefined, 'c', 'c', 'c']);
});

test('what the brake held goes on with the trace of its event', () => {
  const scene = openScene();
  say(scene, create(), traceOf('a'));
  scene.settle();
  scene.brake = { openings: 0 };
  say(scene, remove(), traceOf('b'));
  scene.brakeOpenings = 1;
  scene.wake();
  scene.settle();
  expect(traces(scene)).toEqual(['a', 'b']);
});

test('what happens after an operation has ended is not told with its trace', () => {
  const scene = openScene();
  say(scene, create(), traceOf('a'));
  scene.settle();
  scene.patch([{ id: 'minio-bucket', status: 'failed', lost: true }]);
  expect(scene.topics()).toEqual(['tenant-provisioned-events', 'resource-drift-events']);
  expect(traces(scene)).toEqual(['a', undefined]);
});
