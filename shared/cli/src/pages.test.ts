/** Lists, page by page: one is the answer as it came, several are one document (1). */
import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import type { Answer, Client, Request } from './client.ts';
import { readPages } from './pages.ts';

const LIMIT = bound('limit', 20);

/** A server with the given pages; the last goes on for ever. */
async function list(pages: readonly object[], all: boolean) {
  const asked: Request['query'][] = [];
  const send = async ({ query }: Request): Promise<Answer> => {
    const json = pages[Math.min(asked.length, pages.length - 1)];
    asked.push(query);
    return { status: 200, headers: new Headers(), body: JSON.stringify(json), json };
  };
  const client = { url: '', send } as unknown as Client;
  const end = await readPages(client, '/x', { tier: 'free' }, { all, limit: LIMIT }).catch((error: unknown) => error);
  return { asked, end };
}
const first = { items: [{ a: 1 }], next_cursor: 'c1', later: true };
const second = { items: [{ a: 2 }], next_cursor: null };

test('one page, and whether there are more', async () => {
  const { asked, end } = await list([first, second], false);
  expect(asked).toEqual([{ tier: 'free', limit: '20', cursor: undefined }]);
  expect(end).toEqual({ items: [{ a: 1 }], body: JSON.stringify(first), more: true });
  expect((await list([second], false)).end).toMatchObject({ more: false });
});

test('1: all pages are one document without a cursor, each asked for with the one before', async () => {
  const { asked, end } = await list([first, second], true);
  expect(asked).toEqual([
    { tier: 'free', limit: '200', cursor: undefined },
    { tier: 'free', limit: '200', cursor: 'c1' },
  ]);
  expect(end).toEqual({
    items: [{ a: 1 }, { a: 2 }],
    body: '{"items":[{"a":1},{"a":2}],"next_cursor":null}',
    more: false,
  });
});

test('1: a list of one page is the answer unchanged', async () => {
  expect((await list([{ ...second, later: true }], true)).end).toMatchObject({
    body: JSON.stringify({ ...second, later: true }),
  });
});

test('a list that does not end is given up', async () => {
  const { asked, end } = await list([first], true);
  expect([asked.length, end]).toMatchObject([
    5_000,
    { exit: 'failed', message: 'the list did not end after 5000 pages' },
  ]);
});
