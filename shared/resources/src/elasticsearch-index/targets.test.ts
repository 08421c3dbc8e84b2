/** Many indices in the paths of requests: each in one of them, in their order, and no path beyond the bound. */
import { createElasticsearchTable } from '@leasehold/testing/fakes/elasticsearch-canned';
import { expect, test } from 'vitest';
import { clientOver } from '../../test/client-over.ts';
import { readPrimaries } from './primaries.ts';
import type { IndexSeen } from './spec.ts';
import { targetsOf } from './targets.ts';
import { makeDeletable, makeUsable } from './usability.ts';

const never = new AbortController().signal;
const name = (at: number): string => `acme_logs-${String(at).padStart(6, '0')}`;
/** Sixteen characters each: 120 of them with their commas are 2,039. */
const MANY = Array.from({ length: 300 }, (_, at) => name(at));
const CHUNKS = [MANY.slice(0, 120), MANY.slice(120, 240), MANY.slice(240)].map((some) => some.join(','));

test('names go together up to the bound, to the character, and one that is longer goes alone', () => {
  expect(targetsOf(MANY)).toEqual(CHUNKS);
  expect([targetsOf([]), targetsOf(['a']), targetsOf(['a', 'b'])]).toEqual([[], ['a'], ['a,b']]);
  const [half, less] = ['x'.repeat(1_024), 'y'.repeat(1_023)];
  expect(targetsOf([half, less])).toEqual([`${half},${less}`]);
  expect(targetsOf([half, half])).toEqual([half, half]);
  const long = 'z'.repeat(3_000);
  expect(targetsOf(['a', long, 'b'])).toEqual(['a', long, 'b']);
});

test('primaries of many indices are read in as many requests, and each that is missing is named', async () => {
  const lost = { primary: true, state: 'UNASSIGNED', unassigned_info: { allocation_status: 'no_valid_shard_copy' } };
  const reply = (index: string, shard: object) => ({
    body: { routing_table: { indices: { [index]: { shards: { 0: [shard] } } } } },
  });
  const table = createElasticsearchTable({
    [`GET /_cluster/state/routing_table/${CHUNKS[0]}`]: reply(name(0), lost),
    [`GET /_cluster/state/routing_table/${CHUNKS[1]}`]: reply(name(130), { primary: true, state: 'INITIALIZING' }),
    [`GET /_cluster/state/routing_table/${CHUNKS[2]}`]: reply(name(299), lost),
  });
  const found = await readPrimaries(clientOver(table.ask), MANY, never);
  expect([[...found.lost], [...found.recovering]]).toEqual([[name(0), name(299)], [name(130)]]);
});

test('blocks of many indices are lifted, and closed ones opened, in as many requests', async () => {
  const asked: string[] = [];
  const client = clientOver(({ method, path }) => {
    asked.push(`${method} ${path}`);
    return { status: 200, body: { acknowledged: true } };
  });
  const seen = { blocks: { read_only: MANY, closed: MANY } } as unknown as IndexSeen;
  const change = (path: string) => ({ path, from: MANY, to: [], weight: 'settings' }) as const;
  await makeUsable(client, seen, [change('/blocks/read_only'), change('/open')], never);
  expect(asked).toEqual([
    ...CHUNKS.map((each) => `PUT /${each}/_settings`),
    ...CHUNKS.map((each) => `POST /${each}/_open`),
  ]);
  asked.length = 0;
  await makeDeletable(client, seen, never);
  expect(asked).toEqual(CHUNKS.map((each) => `PUT /${each}/_settings`));
});
