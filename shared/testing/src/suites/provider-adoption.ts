/**
 * What `adopt` does, on an operator's word: the mark and nothing else, and never what is another tenant's.
 */
import { isAbsent, type SeenBase } from '@leasehold/engine';
import { expect, test } from 'vitest';
import type { ProviderHarness } from './provider.ts';
import { at, converge, scope } from './provider-steps.ts';

export function adoptionSuite<Spec, Seen extends SeenBase>(given: () => ProviderHarness<Spec, Seen>): void {
  test('adopt makes ours what has no mark and keeps what it holds; the rest is an ordinary plan', async () => {
    const { provider, ref: make, spec, unmarked } = given();
    if (provider.adopt === undefined || unmarked === undefined) return;
    const ref = make('adopted');
    await unmarked.make(ref);
    expect(['none', 'half-made']).toContain(at(await provider.observe(ref, scope())).mark);
    await provider.adopt(ref, scope());
    await provider.adopt(ref, scope());
    expect(at(await provider.observe(ref, scope()))).toMatchObject({ mark: 'ours', generation: ref.generation });
    expect(await unmarked.isKept(ref)).toBe(true);
    await converge(provider, ref, spec);
    expect(provider.plan(ref, spec, await provider.observe(ref, scope()))).toEqual([]);
    expect(await unmarked.isKept(ref)).toBe(true);
    await provider.delete(ref, scope());
    expect(isAbsent(await provider.observe(ref, scope()))).toBe(true);
  });

  test('adopt refuses what is another tenant’s and what is not there', async () => {
    const { provider, ref: make, spec } = given();
    if (provider.adopt === undefined) return;
    const owner = make('owned');
    await converge(provider, owner, spec);
    const other = { ...owner, tenantId: `${owner.tenantId}-other` };
    await expect(provider.adopt(other, scope())).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken' });
    expect(provider.plan(owner, spec, await provider.observe(owner, scope()))).toEqual([]);
    const gone = { class: 'Conflict', code: 'GoneMeanwhile' };
    await expect(provider.adopt(make('nowhere'), scope())).rejects.toMatchObject(gone);
  });
}
