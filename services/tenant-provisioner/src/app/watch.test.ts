import { silentLog, systemClock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { create, openScene, remove, type Scene } from '../domain/scene.ts';
import { tenantPartition } from './partition.ts';
import { hasHeardTheEnd, watchTenant } from './watch.ts';

type Watched = Parameters<typeof watchTenant>[0];
const never = new AbortController().signal;
const CONTROL = { v: 1, reconcile: 'running', deletions: 'running', backends: {}, recent: [], updatedAtMs: 0 };
const KINDS = new Map([
  ['cassandra-keyspace', { hasAccess: true }],
  ['minio-bucket', { hasAccess: false }],
]);

/** A provisioner as far as a stream needs one, over one tenant; every look sees another version. */
function watched(scene: Scene, onRead: (time: number) => void = () => undefined): Watched {
  let version = 0;
  return {
    deps: {
      clock: { ...systemClock, sleep: async () => undefined },
      ledger: { store: { exclusive: true }, onCommit: () => () => undefined },
      log: silentLog,
    },
    context: () => ({ kinds: KINDS }),
    control: { now: () => CONTROL },
    tenants: {
      read: async () => {
        version += 1;
        onRead(version);
        return { state: scene.state, waiting: [], version };
      },
    },
  } as unknown as Watched;
}

async function told(provisioner: Watched, after?: string) {
  const events = [];
  for await (const event of watchTenant(provisioner, 'acme', after, never)) events.push(event);
  return events.map(({ id, data }) => ({ id, status: (data as { readonly status: string }).status }));
}

function complete(): Scene {
  const scene = openScene();
  scene.rest(create());
  scene.settle();
  return scene;
}

test('S1: commits that change nothing that is shown are not told, in a stream or to who comes back', async () => {
  const scene = openScene();
  scene.rest(create());
  const provisioner = watched(scene, (time) => {
    if (time === 4) scene.settle();
  });
  const events = await told(provisioner);
  expect(events.map(({ status }) => status)).toEqual(['pending', 'completed']);
  expect(await told(provisioner, events[1]?.id)).toEqual([]);
  expect((await told(provisioner, events[0]?.id)).map(({ status }) => status)).toEqual(['completed']);
});

test('S1: who was told the end has heard it, whatever was committed since; who was not has not', async () => {
  const scene = complete();
  const provisioner = watched(scene);
  const [last] = await told(provisioner);
  expect(await hasHeardTheEnd(provisioner, 'acme', last?.id ?? '', never)).toBe(true);
  for (const id of ['', '1', '1.', 'nonsense'])
    expect(await hasHeardTheEnd(provisioner, 'acme', id, never)).toBe(false);
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  expect(await hasHeardTheEnd(provisioner, 'acme', last?.id ?? '', never)).toBe(false);
});

test('S3: a stream ends when access is withdrawn and only the grace is waited for', async () => {
  const scene = complete();
  scene.rest(remove());
  const provisioner = watched(scene, (time) => {
    if (time === 3) scene.settle();
  });
  const events = await told(provisioner);
  expect(events.at(-1)?.status).toBe('suspended');
  expect(scene.state.operation?.finishedAtMs).toBeUndefined();
});

/** On a store that others write too. `sleep` is the poll's; `moves` is asked at each look at the version alone. */
function shared(scene: Scene, sleep: () => Promise<void>, moves: (look: number) => void = () => undefined) {
  const seen = { reads: 0, looks: 0, version: 1 };
  let listener: ((partition: string, now: object) => void) | undefined;
  const load = async () => {
    seen.looks += 1;
    moves(seen.looks);
    return { version: seen.version, rows: new Map() };
  };
  const read = async () => {
    seen.reads += 1;
    return { state: scene.state, waiting: [], version: seen.version };
  };
  const onCommit = (listen: typeof listener) => {
    listener = listen;
    return () => undefined;
  };
  const provisioner = {
    ...watched(scene),
    deps: { clock: { ...systemClock, sleep }, ledger: { store: { exclusive: false, load }, onCommit }, log: silentLog },
    tenants: { read },
  } as unknown as Watched;
  const commit = (version: number) =>
    listener?.(tenantPartition('acme'), { version, rows: new Map([['state', JSON.stringify(scene.state)]]) });
  return { provisioner, seen, commit };
}

test('S2: a commit of this process is told as it was committed, without a read of the store', async () => {
  const scene = openScene();
  scene.rest(create());
  const { provisioner, seen, commit } = shared(scene, () => new Promise(() => undefined));
  const stream = watchTenant(provisioner, 'acme', undefined, never);
  expect((await stream.next()).value).toMatchObject({ data: { status: 'pending' } });
  const next = stream.next();
  scene.settle();
  commit(2);
  expect((await next).value).toMatchObject({ data: { status: 'completed' } });
  expect(seen).toMatchObject({ reads: 1, looks: 0 });
});

test('S2: a poll reads the tenant only where the store has another version of it', async () => {
  const scene = openScene();
  scene.rest(create());
  const { provisioner, seen } = shared(
    scene,
    async () => undefined,
    (look) => {
      if (look < 3) return;
      scene.settle();
      seen.version = 2;
    },
  );
  expect((await told(provisioner)).map(({ status }) => status)).toEqual(['pending', 'completed']);
  expect(seen).toMatchObject({ reads: 2, looks: 3 });
});
