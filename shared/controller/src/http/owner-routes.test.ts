/** Routes of owners: a list of those that are there (1), one of them, and a word to look at it again, for platform roles alone. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type As, openServed, type Served } from '../../test/served.ts';
import { NAMES } from '../../test/shelf.ts';

let served: Served;
beforeEach(async () => {
  served = await openServed();
});
afterEach(() => served.close());

const viewer: As = { roles: ['platform-viewer'] };
const open = (id: string) => served.room.ask({ kind: 'open', sizeCm: 30 }, 'ops', id);
const status = async (line: string, as?: As) => (await served.ask(line, undefined, as)).status;
const listed = async (query = '') => {
  const { body } = await served.ask(`GET /shelves${query}`);
  return [(body['items'] as readonly { readonly id: string }[]).map(({ id }) => id), body['next_cursor']];
};

test('a list shows the owners of all tenants in the order of their names, and those of one alone where it is asked for', async () => {
  for (const id of ['globex.x', 'acme.right', 'acme.left']) await open(id);
  expect(await listed()).toEqual([['acme.left', 'acme.right', 'globex.x'], null]);
  expect(await listed('?tenant_id=acme')).toEqual([['acme.left', 'acme.right'], null]);
  expect(await listed('?tenant_id=glob')).toEqual([[], null]);
});

test('a list is told page by page, and a place belongs to the tenant that it was told for', async () => {
  for (const id of ['globex.x', 'acme.right', 'acme.left']) await open(id);
  const [first, cursor] = await listed('?limit=1&tenant_id=acme');
  const [second, none] = await listed(`?limit=1&tenant_id=acme&cursor=${cursor}`);
  expect([first, second, none]).toEqual([['acme.left'], ['acme.right'], null]);
  for (const query of [`?limit=1&cursor=${cursor}`, `?limit=1&tenant_id=globex&cursor=${cursor}`])
    expect(await status(`GET /shelves${query}`), query).toBe(400);
});

test('1: who is gone is in no list, whatever its entry says yet, and is told of by its id', async () => {
  for (const id of ['acme.left', 'acme.right']) await open(id);
  await served.room.become({ phase: 'closed' }, 'acme.left');
  expect(await listed()).toEqual([['acme.right'], null]);
  const summary = JSON.stringify({ status: 'completed' });
  await served.room.world.ledger.update(NAMES.partitionOf('acme.left'), () => ({
    entries: [{ directory: 'storeroom/shelfs', name: 'acme.left', summary }],
    result: undefined,
  }));
  const { items } = await served.room.world.ledger.store.list('storeroom/shelfs', { limit: 5 });
  expect(items[0]).toMatchObject({ name: 'acme.left', summary });
  expect(await listed()).toEqual([['acme.right'], null]);
  expect((await served.ask('GET /shelves/acme.left')).body).toEqual({ id: 'acme.left', phase: 'closed' });
});

test('one owner is told as it is now, also where another replica changed it; one that nobody told of is not found', async () => {
  await open('acme.left');
  expect(await served.ask('GET /shelves/acme.left')).toEqual({ status: 200, body: { id: 'acme.left', phase: 'open' } });
  Object.assign(served.room.world.ledger.store, { exclusive: false });
  const state = await served.room.state();
  await served.room.world.replica().update(NAMES.partitionOf('acme.left'), () => ({
    put: [{ key: 'state', value: JSON.stringify({ ...state, phase: 'closing' }) }],
    result: undefined,
  }));
  expect((await served.ask('GET /shelves/acme.left', undefined, viewer)).body).toEqual({
    id: 'acme.left',
    phase: 'closing',
  });
  expect(await status('GET /shelves/acme.right')).toBe(404);
});

test('a word has an owner looked at again in the name of who gave it; what is refused or not there is told', async () => {
  await open('acme.left');
  served.room.world.nowMs += 1_000;
  const line = 'POST /shelves/acme.left/reconcile';
  expect(await served.ask(line)).toEqual({ status: 202, body: { id: 'acme.left', phase: 'open' } });
  expect((await served.room.state()).operation).toMatchObject({ kind: 'look', requestedBy: 'ops' });
  await served.room.ask({ kind: 'close' });
  const refused = await served.ask(line);
  expect([refused.status, refused.body['detail']]).toEqual([409, 'Only an open shelf is looked at.']);
  expect(await status('POST /shelves/acme.right/reconcile')).toBe(404);
  expect((await served.room.owners.read('acme.right')).version).toBe(0);
});

test('platform roles alone may see owners, and an administrator alone may have one looked at', async () => {
  await open('acme.left');
  const [list, one, look] = ['GET /shelves', 'GET /shelves/acme.left', 'POST /shelves/acme.left/reconcile'];
  expect([await status(list, viewer), await status(one, viewer), await status(look, viewer)]).toEqual([200, 200, 403]);
  const weak: readonly As[] = [
    { roles: ['tenant-admin'], tenantId: 'acme' },
    { roles: ['tenant-user'], tenantId: 'acme' },
    { roles: ['service'] },
  ];
  for (const as of weak) for (const line of [list, one, look]) expect(await status(line, as), line).toBe(403);
});

test('wrong input is told', async () => {
  for (const query of ['?limit=0', '?tenant_id=No!', '?who=eve'])
    expect(await status(`GET /shelves${query}`), query).toBe(422);
  expect(await status(`GET /shelves/${'x'.repeat(257)}`)).toBe(404);
});
