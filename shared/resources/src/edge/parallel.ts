/**
 * Work on many items with a bound on how many are under way. The first failure rejects once what is under way has ended,
 * and nothing new is begun after it, so that no effect is still running when the caller hears of the failure.
 */
import type { Bound } from '@leasehold/kernel';

export async function inParallel<In, Out>(
  items: readonly In[],
  limit: Bound,
  work: (item: In) => Promise<Out>,
): Promise<readonly Out[]> {
  const results: Out[] = new Array(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as In);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(limit.value, 1), items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
