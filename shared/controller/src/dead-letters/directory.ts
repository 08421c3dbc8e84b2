/**
 * All names of a directory that has few: days and months.
 */
import type { Ledger } from '@leasehold/store';

const DIRECTORY_PAGE = 1_000;

export async function namesIn(
  ledger: Ledger,
  directory: string,
  signal?: AbortSignal,
): Promise<readonly { readonly name: string; readonly summary: string }[]> {
  const found: { readonly name: string; readonly summary: string }[] = [];
  let cursor: string | undefined;
  do {
    const look = { limit: DIRECTORY_PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const page = await ledger.store.list(directory, look, signal);
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}
