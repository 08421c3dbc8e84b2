/**
 * What `adopt` does, on an operator's word: the mark and nothing else, and never what is another's; and that a plan made before
 * it tells all that is left to do after it.
 */
import { isAbsent, type Ref, type SeenBase } from '@leasehold/engine';
import { expect, test } from 'vitest';
import type { ProviderHarness } from './provider.ts';
import { eachLoss, type Loss } from './provider-loss.ts';
import { at, converge, path, scope } from './provider-steps.ts';

export function adoptionSuite<Spec, Seen extends SeenBase>(given: () => ProviderHarness<Spec, Seen>, loss: Loss): void {
  test('adopt makes ours what has no mark and keeps what it holds; the rest is the plan that was shown', async () => {
    const { provider, ref: make, spec, unmarked, remains } = given();
    expect(unmarked === undefined, 'what can be adopted is tried').toBe(provider.adopt === undefined);
    if (provider.adopt === undefined || unmarked === undefined) return;
    const ref = make('adopted');
    await unmarked.make(ref);
    const before = at(await provider.observe(ref, scope()));
    expect(['none', 'half-made']).toContain(before.mark);
    expect(provider.unfit?.(ref, spec, before) ?? []).toEqual([]);
    const shown = provider.plan(ref, spec, { ...before, mark: 'ours', generation: ref.generation, adopted: true });
    await provider.adopt(ref, spec, scope());
    await provider.adopt(ref, spec, scope());
    const after = at(await provider.observe(ref, scope()));
    expect(after).toMatchObject({ mark: 'ours', generation: ref.generation });
    expect(await unmarked.isKept(ref)).toBe(true);
    const left = provider.plan(ref, spec, after);
    expect(shown.map(path), 'what is left was shown').toEqual(expect.arrayContaining(left.map(path)));
    await converge(provider, ref, spec);
    expect(provider.plan(ref, spec, await provider.observe(ref, scope()))).toEqual([]);
    expect(await unmarked.isKept(ref)).toBe(true);
    await provider.delete(ref, scope());
    expect(isAbsent(await provider.observe(ref, scope()))).toBe(true);
    expect(await remains(ref)).toEqual([]);
  });

  test('whichever answer of adopt is lost, it is nobody’s or ours, and adopting again ends well', async () => {
    const { provider, ref: make, spec, unmarked, remains, crashesAtOnce = 1 } = given();
    expect(unmarked === undefined, 'what can be adopted is tried').toBe(provider.adopt === undefined);
    if (provider.adopt === undefined || unmarked === undefined) return;
    await eachLoss(crashesAtOnce, async (nth) => {
      const ref = make(`lost${nth}`);
      await unmarked.make(ref);
      const crashed = await loss.lost(nth, async () => provider.adopt?.(ref, spec, scope()));
      expect(['none', 'half-made', 'ours'], `call ${nth}`).toContain(at(await provider.observe(ref, scope())).mark);
      await provider.adopt?.(ref, spec, scope());
      await converge(provider, ref, spec);
      expect(provider.plan(ref, spec, await provider.observe(ref, scope())), `call ${nth}`).toEqual([]);
      expect(await unmarked.isKept(ref), `call ${nth}`).toBe(true);
      await provider.delete(ref, scope());
      expect(await remains(ref), `call ${nth}`).toEqual([]);
      return crashed;
    });
  });
}

/** What is not adopted, and how that is told. */
export function refusalSuite<Spec, Seen extends SeenBase>(given: () => ProviderHarness<Spec, Seen>): void {
  test('adopt refuses what is another tenant’s and what is not there', async () => {
    const { provider, ref: make, spec, unmarked } = given();
    expect(unmarked === undefined, 'what can be adopted is tried').toBe(provider.adopt === undefined);
    if (provider.adopt === undefined) return;
    const owner = make('owned');
    await converge(provider, owner, spec);
    const other = { ...owner, tenantId: `${owner.tenantId}-other` };
    await expect(provider.adopt(other, spec, scope())).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken' });
    expect(provider.plan(owner, spec, await provider.observe(owner, scope()))).toEqual([]);
    const gone = { class: 'Conflict', code: 'GoneMeanwhile' };
    await expect(provider.adopt(make('nowhere'), spec, scope())).rejects.toMatchObject(gone);
  });

  test('what names another owner without a whole mark is seen as foreign, and not adopted; what names nobody is not', async () => {
    const { provider, ref: make, spec, unmarked } = given();
    expect(unmarked === undefined, 'what can be adopted is tried').toBe(provider.adopt === undefined);
    if (unmarked === undefined) return;
    const ref = make('claimed');
    await unmarked.make(ref);
    expect(['none', 'half-made']).toContain(at(await provider.observe(ref, scope())).mark);
    if (unmarked.claim === undefined) return;
    await unmarked.claim(ref);
    expect(at(await provider.observe(ref, scope())).mark).toBe('foreign');
    const refused = provider.adopt?.(ref, spec, scope());
    await expect(refused).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken' });
    expect(await unmarked.isKept(ref)).toBe(true);
  });

  test('what only making anew could bring to the spec says why, before anything is touched', async () => {
    const { provider, ref: make, spec, unmarked } = given();
    expect(unmarked?.makeUnfit === undefined, 'what can be unfit is tried').toBe(provider.unfit === undefined);
    if (unmarked?.makeUnfit === undefined) return;
    const ref: Ref = make('unfit');
    await unmarked.makeUnfit(ref);
    const seen = at(await provider.observe(ref, scope()));
    expect(seen.mark).toBe('none');
    expect(provider.unfit?.(ref, spec, seen)).toEqual([expect.stringMatching(/ /)]);
  });
}
