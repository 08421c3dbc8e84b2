/**
 * Lists of the server, page by page.
 *
 * 1. One page is the server's answer unchanged; several are one document of the same form, without a cursor.
 */
import { type Bound, bound } from '@leasehold/kernel';
import type { Client } from './client.ts';
import { LIST } from './expected.ts';
import { Failure } from './failure.ts';
import { type Fields, fields, items, maybeText } from './wire.ts';

const PAGE = bound('items of a page', 200);
const PAGES = bound('pages of a list', 5_000);

export interface Pages {
  readonly items: readonly Fields[];
  readonly body: string;
  readonly more: boolean;
}

export async function readPages(
  client: Client,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  want: { readonly all: boolean; readonly limit: Bound },
): Promise<Pages> {
  const limit = String(want.all ? PAGE.value : want.limit.value);
  const found: Fields[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= PAGES.value; page++) {
    const answer = await client.send({ method: 'GET', path, query: { ...query, limit, cursor }, expects: LIST });
    const json = fields(answer.json);
    found.push(...items(json['items']));
    cursor = maybeText(json['next_cursor']);
    if (!want.all) return { items: found, body: answer.body, more: cursor !== undefined };
    if (cursor === undefined) {
      const body = page === 1 ? answer.body : JSON.stringify({ items: found, next_cursor: null });
      return { items: found, body, more: false };
    }
  }
  throw new Failure('failed', `the list did not end after ${PAGES.value} pages`);
}
