import { writeState } from '@leasehold/controller';
import { expect, test } from 'vitest';
import { create, openScene, remove, upgrade } from '../domain/scene.ts';

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
