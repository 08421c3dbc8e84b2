/**
 * Whether the raw side makes what a tenant has one after the other or all at once.
 */
export type How = 'one-after-the-other' | 'all-at-once';

export async function each<Item>(items: readonly Item[], how: How, work: (item: Item) => Promise<void>): Promise<void> {
  if (how === 'all-at-once') await Promise.all(items.map(work));
  else for (const item of items) await work(item);
}
