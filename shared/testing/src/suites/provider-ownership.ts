/**
 * P4 and P5 as tests: what is not ours is never changed, adopted or deleted, and what is ours is found again.
 */
import { isAbsent, type Ref, type SeenBase } from '@leasehold/engine';
import { expect, test } from 'vitest';
import type { ProviderHarness } from './provider.ts';
import type { Loss } from './provider-loss.ts';
import { at, converge, listAll, path, scope } from './provider-steps.ts';

const TAKEN = { class: 'Conflict', code: 'NameTaken' };

export function ownershipSuite<Spec, Seen extends SeenBase>(given: () => ProviderHarness<Spec, Seen>): void {
  test('P5 a stranger’s object under the name is seen, refused, and stays as it is', async () => {
    const { provider, ref: make, spec, makeForeign, isForeignIntact, removeForeign } = given();
    const ref = make('foreign');
    const early = provider.plan(ref, spec, await provider.observe(ref, scope()));
    await makeForeign(ref);
    const seen = at(await provider.observe(ref, scope()));
    expect(['none', 'foreign']).toContain(seen.mark);
    for (const changes of [early, provider.plan(ref, spec, seen)]) {
      expect(changes.length).toBeGreaterThan(0);
      await expect(provider.ensure(ref, spec, changes, scope())).rejects.toMatchObject(TAKEN);
    }
    await provider.delete(ref, scope());
    expect(await isForeignIntact(ref)).toBe(true);
    const listed = await listAll(provider);
    expect(listed.filter(([one]) => one.name === ref.name)).toEqual([]);
    await removeForeign(ref);
  });

  test('P5 another tenant’s object is foreign to us', async () => {
    const { provider, ref: make, spec } = given();
    const owner = make('owner');
    const other = { ...owner, tenantId: `${owner.tenantId}-other` };
    await converge(provider, owner, spec);
    const seen = at(await provider.observe(other, scope()));
    expect(seen.mark).toBe('foreign');
    const changes = provider.plan(other, spec, seen);
    await expect(provider.ensure(other, spec, changes, scope())).rejects.toMatchObject(TAKEN);
    await provider.delete(other, scope());
    expect(provider.plan(owner, spec, await provider.observe(owner, scope()))).toEqual([]);
  });

  test('a late caller of an older generation changes and deletes nothing', async () => {
    const { provider, ref: make, spec, otherTier } = given();
    const late = make('late');
    const current = { ...late, generation: late.generation + 1 };
    await converge(provider, current, spec);
    const seen = await provider.observe(late, scope());
    const newer = { class: 'Conflict', code: 'NewerGeneration' };
    const changes = provider.plan(late, otherTier.spec, seen);
    await expect(provider.ensure(late, otherTier.spec, changes, scope())).rejects.toMatchObject(newer);
    await expect(provider.delete(late, scope())).rejects.toMatchObject(newer);
    expect(provider.plan(current, spec, await provider.observe(current, scope()))).toEqual([]);
    const next = { ...current, generation: current.generation + 1 };
    expect((await converge(provider, next, spec)).map(path)).toEqual(['/generation']);
    expect(at(await provider.observe(next, scope())).generation).toBe(next.generation);
  });
}

const FIRST_CALLS = 10;

/** Loses the first answer, the second, and so on, until something is there. */
async function afterFirstStep<Spec, Seen extends SeenBase>(
  { provider, ref: make, spec }: ProviderHarness<Spec, Seen>,
  loss: Loss,
): Promise<{ readonly ref: Ref; readonly left: Seen }> {
  for (let nth = 1; nth <= FIRST_CALLS; nth++) {
    const ref = make(`half${nth}`);
    const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
    expect(await loss.lost(nth, () => provider.ensure(ref, spec, changes, scope()))).toBe(true);
    const left = await provider.observe(ref, scope());
    if (!isAbsent(left)) return { ref, left };
  }
  return expect.unreachable('something is there after the first calls');
}

/** What is not marked yet, and what is listed. */
export function discoverySuite<Spec, Seen extends SeenBase>(
  given: () => ProviderHarness<Spec, Seen>,
  loss: Loss,
): void {
  test('what our first step leaves is ours, or half made, completed by ensure and not deleted unmarked', async () => {
    const { provider, ref: make, spec, makeHalf } = given();
    const { ref, left } = await afterFirstStep(given(), loss);
    if (makeHalf === undefined) {
      expect(left.mark).toBe('ours');
      return;
    }
    const other = make('half-made');
    await makeHalf(other);
    expect(left, 'the harness makes what our first step does').toEqual(await provider.observe(other, scope()));
    expect(left.mark).toBe('half-made');
    await expect(provider.delete(ref, scope())).rejects.toMatchObject({ class: 'Conflict', code: 'HalfMade' });
    await converge(provider, ref, spec);
    const seen = at(await provider.observe(ref, scope()));
    expect(seen.mark).toBe('ours');
    expect(provider.plan(ref, spec, seen)).toEqual([]);
    await provider.delete(ref, scope());
    expect(isAbsent(await provider.observe(ref, scope()))).toBe(true);
  });

  test('P1 the list holds each of ours exactly once, as it is seen alone', async () => {
    const { provider, ref: make, spec } = given();
    const refs = [make('list-a'), make('list-b')];
    for (const ref of refs) await converge(provider, ref, spec);
    const listed = await listAll(provider);
    for (const ref of refs) {
      const found = listed.filter(([one]) => one.name === ref.name);
      expect(found.map(([one]) => [one.kind, one.tenantId, one.generation])).toEqual([
        [ref.kind, ref.tenantId, ref.generation],
      ]);
      expect(found[0]?.[1]).toEqual(await provider.observe(ref, scope()));
    }
    expect(listed.filter(([, seen]) => seen.mark !== 'ours')).toEqual([]);
  });

  test('P1 names tell of what is there, whoever made it', async () => {
    const { provider, ref: make, spec, makeForeign, removeForeign } = given();
    const [ours, theirs, nobodys] = [make('named'), make('theirs'), make('nobodys')];
    await converge(provider, ours, spec);
    await makeForeign(theirs);
    const names = await (provider.listNames?.(scope()) ??
      listAll(provider).then((all) => all.map(([{ name }]) => name)));
    const told = names.filter((name) => [ours, theirs, nobodys].some((ref) => ref.name === name));
    const expected = provider.listNames === undefined ? [ours.name] : [ours.name, theirs.name];
    expect(told.toSorted()).toEqual(expected.toSorted());
    await removeForeign(theirs);
  });
}
