/**
 * P3 and P4 under crashes: the answer to each raw call in turn is lost after its effect; the next run goes on from there. The
 * number of calls is found by trying, so that a call added later is tested too.
 */
import { isAbsent, type SeenBase } from '@leasehold/engine';
import { expect, test } from 'vitest';
import type { ProviderHarness } from './provider.ts';
import { eachLoss, type Loss } from './provider-loss.ts';
import { converge, scope } from './provider-steps.ts';

export function crashSuite<Spec, Seen extends SeenBase>(given: () => ProviderHarness<Spec, Seen>, loss: Loss): void {
  test('P3 whichever answer of ensure is lost, the next run converges', async () => {
    const { provider, ref: make, spec, remains, crashesAtOnce = 1 } = given();
    await eachLoss(crashesAtOnce, async (nth) => {
      const ref = make(`crash${nth}`);
      const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
      const crashed = await loss.lost(nth, () => provider.ensure(ref, spec, changes, scope()));
      await converge(provider, ref, spec);
      const seen = await provider.observe(ref, scope());
      expect(provider.plan(ref, spec, seen), `call ${nth}`).toEqual([]);
      await provider.delete(ref, scope());
      expect(await remains(ref), `call ${nth}`).toEqual([]);
      return crashed;
    });
  });

  test('P4 whichever answer of delete is lost, the next run leaves nothing', async () => {
    const { provider, ref: make, spec, putData, remains, crashesAtOnce = 1 } = given();
    await eachLoss(crashesAtOnce, async (nth) => {
      const ref = make(`undo${nth}`);
      await converge(provider, ref, spec);
      await putData(ref);
      const crashed = await loss.lost(nth, () => provider.delete(ref, scope()));
      await provider.delete(ref, scope());
      expect(isAbsent(await provider.observe(ref, scope())), `call ${nth}`).toBe(true);
      expect(await remains(ref), `call ${nth}`).toEqual([]);
      return crashed;
    });
  });
}
