/**
 * Listings of the API server, read to their last page. Leaves what is listed, and what of it matters, to whoever asks.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 *
 * 1. A page is asked for by the word of the one before; an empty word is the last one's. An empty list may come as null.
 * 2. A listing without end is none: it is given up at a bound, and none of it counts.
 * 3. An answer that the asker expects beside a list (`expect`) is one page with its status and without items.
 */
import { type Bound, invalid } from '@leasehold/kernel';
import type { KubernetesApi } from './api.ts';

export interface Listing {
  /** For labels. */
  readonly name: string;
  readonly path: string;
  readonly filter?: Readonly<Record<string, string>>;
  readonly expect?: readonly number[];
  readonly page: Bound;
  readonly pages: Bound;
  /** What of there is too much, for people. */
  readonly what: string;
}

export interface Page<Item> {
  readonly status: number;
  readonly items: readonly Item[];
}

interface List<Item> {
  readonly items?: readonly Item[] | null;
  readonly metadata?: { readonly continue?: string };
}

export async function* listPages<Item>(
  api: KubernetesApi,
  { name, path, filter = {}, expect = [], page, pages, what }: Listing,
  signal: AbortSignal,
): AsyncGenerator<Page<Item>> {
  let next = '';
  for (let turn = 0; turn < pages.value; turn++) {
    const query = new URLSearchParams({
      ...filter,
      limit: String(page.value),
      ...(next === '' ? {} : { continue: next }),
    });
    const { status, json } = await api.call({ name, method: 'GET', path: `${path}?${query}`, expect }, signal);
    const { items, metadata } = (expect.includes(status) ? {} : json) as List<Item>;
    yield { status, items: items ?? [] };
    next = metadata?.continue ?? '';
    if (next === '') return;
  }
  const text = `kubernetes lists more than ${pages.value * page.value} ${what}`;
  throw invalid(text, { code: 'TooManyElements', backend: 'kubernetes' });
}
