import { expect, test } from 'vitest';
import { create, openScene, remove } from './scene.ts';

const adopting = () => create({ adopt: true });

test('U1: the word holds until the tenant is complete, whatever fails meanwhile', () => {
  const scene = openScene();
  expect(scene.rest(adopting()).disposition.kind).toBe('applied');
  expect(scene.state.adopt).toBe(true);
  scene.patch([{ id: 'minio-bucket', status: 'failed' }]);
  scene.endRun('whole');
  expect(scene.state.adopt).toBe(true);
  scene.settle();
  expect([scene.status(), scene.state.adopt]).toEqual(['completed', undefined]);
});

test('U1: a creation without the word, a deletion and the next generation adopt nothing', () => {
  const scene = openScene();
  scene.rest(create());
  expect(scene.state.adopt).toBeUndefined();
  const leaving = openScene();
  leaving.rest(adopting());
  leaving.rest(remove({ graceMs: 0 }));
  expect(leaving.state.adopt).toBeUndefined();
});

test('U2: a tenant that was refused for what is there is looked at again; asked again it is a repeat', () => {
  const scene = openScene();
  scene.rest(create());
  scene.patch([
    {
      id: 'minio-bucket',
      status: 'failed',
      failure: { class: 'Conflict', code: 'NameTaken', message: 'taken', away: false, atMs: scene.nowMs },
    },
  ]);
  expect(scene.rest(adopting()).disposition.kind).toBe('applied');
  expect(scene.state).toMatchObject({ adopt: true, operation: { kind: 'reconcile', requestedBy: 'ops' } });
  expect(scene.state.records.map(({ status }) => status)).not.toContain('failed');
  expect(scene.rest(adopting()).disposition.kind).toBe('repeat');
  expect(scene.rest(create({ adopt: true, remake: true })).disposition.kind).toBe('applied');
  expect(scene.state.remake).toBe(true);
  scene.settle();
  expect([scene.state.adopt, scene.state.remake]).toEqual([undefined, undefined]);
});

test('U2: a complete tenant has nothing to adopt, and another name or tier is a conflict', () => {
  const scene = openScene();
  scene.rest(create());
  scene.settle();
  expect(scene.rest(adopting()).disposition.kind).toBe('repeat');
  expect(scene.state.adopt).toBeUndefined();
  expect(scene.rest(create({ adopt: true, tier: 'starter' })).disposition.kind).toBe('refused');
});

test('U3: a generation that the ledger has lost is caught up with, for a new tenant and for a known one, and never gone back to', () => {
  const fresh = openScene();
  fresh.rest(create({ adopt: true, generation: 7 }));
  expect(fresh.state.generation).toBe(7);
  const known = openScene();
  known.rest(create());
  known.settle();
  expect(known.rest(create({ adopt: true, generation: 1 })).disposition.kind).toBe('repeat');
  expect(known.rest(create({ adopt: true, generation: 3 })).disposition.kind).toBe('applied');
  expect(known.state).toMatchObject({ generation: 3, adopt: true, operation: { kind: 'reconcile' } });
  expect(known.rest(create({ adopt: true, generation: 2 })).disposition.kind).toBe('repeat');
  expect(known.state.generation).toBe(3);
  known.settle();
  expect(known.status()).toBe('completed');
});
