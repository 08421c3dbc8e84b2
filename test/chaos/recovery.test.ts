/**
 * A search node is killed and started again over the indices of many tenants. While it brings their shards back it has told nothing of
 * them: every look says that it is away, or that nothing differs, and none finds something to repair, so that no complete tenant goes
 * back to provisioning.
 */
import type { Change } from '@leasehold/engine';
import { asFault } from '@leasehold/kernel';
import { createElasticsearchBackend } from '@leasehold/resources';
import { refMaker, variable } from '@leasehold/testing/suites/provider-stack';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { attachStack } from '../stack/index.ts';

const TENANTS = 40;
const BACK_MS = 120_000;

test('a search node that comes back from a kill is away until it holds what it had, and nothing differs meanwhile', async () => {
  const server = attachStack().server('elasticsearch');
  const { backend, providers } = createElasticsearchBackend({ url: variable('STACK_ELASTICSEARCH_URL') });
  const [provider] = providers;
  const fresh = refMaker('elasticsearch-index', (id) => `${id}_marketplace`);
  const refs = Array.from({ length: TENANTS }, (_, number) => fresh(`back${number}`));
  const spec = provider.spec.parse({});
  for (const ref of refs) await converge(provider, ref, spec);

  const seen = {
    whole: 0,
    codes: new Map<string, number>(),
    differing: [] as (readonly Change[])[],
    strange: [] as string[],
  };
  const look = async (ref: (typeof refs)[number]): Promise<boolean> => {
    try {
      const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
      if (changes.length > 0) seen.differing.push(changes);
      else seen.whole += 1;
      return changes.length === 0;
    } catch (error) {
      const fault = asFault(error);
      seen.codes.set(fault.code, (seen.codes.get(fault.code) ?? 0) + 1);
      if (!fault.away) seen.strange.push(`${fault.code}: ${fault.message}`);
      return false;
    }
  };
  const round = async () => (await Promise.all(refs.map(look))).every(Boolean);

  await server.kill();
  const restarted = server.restart();
  const endsAtMs = performance.now() + BACK_MS;
  let isWhole = false;
  while (!isWhole && performance.now() < endsAtMs) isWhole = await round();
  await restarted;
  console.log(`while it came back: ${seen.whole} looks at what is whole, away: ${JSON.stringify([...seen.codes])}`);
  expect(seen.differing).toEqual([]);
  expect(seen.strange).toEqual([]);
  expect(seen.codes.get('BackendUnavailable'), 'it was away').toBeGreaterThan(0);
  expect(isWhole, `whole within ${BACK_MS} ms`).toBe(true);
  for (const ref of refs) await provider.delete(ref, scope());
  await backend.close();
});
