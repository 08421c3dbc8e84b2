/**
 * P3 and P4 under crashes: the answer to each raw call in turn is lost after its effect; the next run goes on from there. The
 * number of calls is found by trying, so that a call added later is tested too.
 */
import { isAbsent, type SeenBase } from '@leasehold/engine';
import { expect, test } from 'vitest';
import type { Loss, ProviderHarness } from './provider.ts';
import { converge, scope } from './provider-steps.ts';

/** More calls than any provider makes for one object. */
export const MOST_CALLS = 60;

/** Loses the n-th answer of `run`. @returns false where `run` made fewer calls than that. */
export async function lost(loss: Loss, nth: number, run: () => Promise<unknown>): Promise<boolean> {
  loss.count = 0;
  loss.at = nth;
  const failure = await run().then(
    () => undefined,
    (error: unknown) => error,
  );
  loss.at = 0;
  if (failure !== undefined) expect(failure).toMatchObject({ class: 'Unavailable', unknownOutcome: true });
  return failure !== undefined;
}

export function crashSuite<Spec, Seen extends SeenBase>(given: () => ProviderHarness<Spec, Seen>, loss: Loss): void {
  test('P3 whichever answer of ensure is lost, the next run converges', async () => {
    const { provider, ref: make, spec, remains } = given();
    for (let nth = 1; nth < MOST_CALLS; nth++) {
      const ref = make(`crash${nth}`);
      const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
      const crashed = await lost(loss, nth, () => provider.ensure(ref, spec, changes, scope()));
      await converge(provider, ref, spec);
      const seen = await provider.observe(ref, scope());
      expect(provider.plan(ref, spec, seen), `call ${nth}`).toEqual([]);
      await provider.delete(ref, scope());
      expect(await remains(ref), `call ${nth}`).toEqual([]);
      if (!crashed) return;
    }
    expect.unreachable('ensure makes more calls than the bound');
  });

  test('P4 whichever answer of delete is lost, the next run leaves nothing', async () => {
    const { provider, ref: make, spec, putData, remains } = given();
    for (let nth = 1; nth < MOST_CALLS; nth++) {
      const ref = make(`undo${nth}`);
      await converge(provider, ref, spec);
      await putData(ref);
      const crashed = await lost(loss, nth, () => provider.delete(ref, scope()));
      await provider.delete(ref, scope());
      expect(isAbsent(await provider.observe(ref, scope())), `call ${nth}`).toBe(true);
      expect(await remains(ref), `call ${nth}`).toEqual([]);
      if (!crashed) return;
    }
    expect.unreachable('delete makes more calls than the bound');
  });
}
