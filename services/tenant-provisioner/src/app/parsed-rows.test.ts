import { expect, test } from 'vitest';
import { create, openScene, remove, upgrade } from '../domain/scene.ts';
import { parseRow, writeRow, writeState } from './parsed-rows.ts';

test('1: what a decision leaves is what its row says, so that it may be remembered instead of read', () => {
  const scene = openScene();
  const same = () => {
    const { state, waiting } = scene.last();
    expect(JSON.parse(JSON.stringify(waiting))).toStrictEqual(waiting);
    expect(JSON.parse(writeState(state))).toStrictEqual(state);
  };
  const steps = [
    () => scene.event(upgrade('free', 'starter')),
    () => scene.event(create()),
    () => scene.settle(),
    () => scene.patch([{ id: 'minio-bucket', status: 'failed', failure: undefined, intent: undefined }]),
    () => scene.rest({ kind: 'suspend' }),
    () => scene.rest({ kind: 'resume' }),
    () => scene.settle(),
    () => scene.rest(remove({ graceMs: 5 })),
    () => scene.rest({ kind: 'restore' }),
    () => scene.event(remove()),
  ];
  for (const step of steps) {
    step();
    same();
  }
});

test('a text gives the same value while it is kept, and a right one ever after', () => {
  const text = writeRow({ a: 1 });
  const first = parseRow(text);
  expect(parseRow(text)).toBe(first);
  for (let index = 0; index < 2_000; index++) writeRow({ index });
  expect(parseRow(text)).toStrictEqual({ a: 1 });
  expect(parseRow(text)).not.toBe(first);
});
