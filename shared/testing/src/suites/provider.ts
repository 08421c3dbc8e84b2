/**
 * The contract of a provider as tests: every one, real or embedded, passes the same. Each test cites the invariant (P1-P5) of
 * the port that it shows. A harness brings what only the kind knows: how to tamper, to make a stranger's object, to look for
 * remains, all past the provider, by a raw client.
 */
import { isAbsent, type Provider, type Ref, type SeenBase } from '@leasehold/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adoptionSuite, refusalSuite } from './provider-adoption.ts';
import { crashSuite } from './provider-crash.ts';
import { createLoss } from './provider-loss.ts';
import { discoverySuite, ownershipSuite } from './provider-ownership.ts';
import { at, converge, path, scope } from './provider-steps.ts';

/** Wraps each raw call of a provider, so that the suite can lose an answer. */
export type AroundCall = <T>(call: { readonly name: string }, run: () => Promise<T>) => Promise<T>;

export interface Drift {
  /** The path that the plan must name, and no other. */
  readonly path: string;
  readonly weight: 'settings' | 'data';
  readonly tamper: (ref: Ref) => Promise<unknown>;
}

export interface ProviderHarness<Spec, Seen extends SeenBase> {
  readonly provider: Provider<Spec, Seen>;
  /** A new name each time. */
  ref(label: string): Ref;
  readonly spec: Spec;
  /** What another tier asks for. */
  readonly otherTier: { readonly tier: string; readonly spec: Spec };
  readonly drifts: readonly Drift[];
  /** Only where `hasAccess`. */
  readonly withdrawn?: Spec;
  /** Gives access by hand; only where the kind itself gives none. */
  readonly give?: (ref: Ref) => Promise<unknown>;
  /** Makes an object of a stranger's under the name. */
  makeForeign(ref: Ref): Promise<void>;
  isForeignIntact(ref: Ref): Promise<boolean>;
  removeForeign(ref: Ref): Promise<void>;
  /** An object without a mark that could be a tenant's, made by others; only where the kind can be adopted. */
  readonly unmarked?: {
    make(ref: Ref): Promise<unknown>;
    isKept(ref: Ref): Promise<boolean>;
    /** Lets it name another owner, without a whole mark; only where a kind has such words. */
    readonly claim?: (ref: Ref) => Promise<unknown>;
    /** Makes one that only making anew could bring to the spec; only where the kind has such. */
    readonly makeUnfit?: (ref: Ref) => Promise<unknown>;
  };
  /** Makes what our own first step leaves, where that carries no mark yet. */
  readonly makeHalf?: (ref: Ref) => Promise<void>;
  putData(ref: Ref): Promise<void>;
  /** Whatever is left of the object on the backend, by raw eyes. */
  remains(ref: Ref): Promise<readonly string[]>;
  /** The same provider with a backend that accepts and never answers, and short time limits; absent for an embedded backend. */
  readonly mute?: () => Promise<{ readonly provider: Provider<Spec, Seen>; close(): Promise<void> }>;
  /** The same with a backend that refuses connections until `restore`. */
  readonly refusing?: () => Promise<{
    readonly provider: Provider<Spec, Seen>;
    restore(): void;
    close(): Promise<void>;
  }>;
  /** How many crashes of different objects may be tried side by side, where each waits for its server; 1 unless told. */
  readonly crashesAtOnce?: number;
  cleanup(): Promise<void>;
}

const SLOW_MS = 120_000;

/** How much is used is told by a server in its own time, soon after an object was made. */
function settings(seen: object): object {
  const { used: _, ...rest } = seen as { readonly used?: unknown };
  return rest;
}

export function providerSuite<Spec, Seen extends SeenBase>(
  name: string,
  open: (around: AroundCall) => Promise<ProviderHarness<Spec, Seen>>,
): void {
  describe(`provider contract: ${name}`, { timeout: SLOW_MS }, () => {
    const loss = createLoss();
    let harness: ProviderHarness<Spec, Seen> | undefined;
    const given = (): ProviderHarness<Spec, Seen> => {
      if (harness === undefined) throw new Error('the harness did not open');
      return harness;
    };
    beforeAll(async () => {
      harness = await open(loss.around);
    }, SLOW_MS);
    afterAll(() => harness?.cleanup(), SLOW_MS);
    convergenceSuite(given);
    ownershipSuite(given);
    discoverySuite(given, loss);
    adoptionSuite(given, loss);
    refusalSuite(given);
    crashSuite(given, loss);
    deletionSuite(given);
    networkSuite(given);
  });
}

function convergenceSuite<Spec, Seen extends SeenBase>(given: () => ProviderHarness<Spec, Seen>): void {
  test('P1 P2 what is absent is seen as absent, is made, and is then converged', async () => {
    const { provider, ref: make, spec } = given();
    const ref = make('make');
    expect(isAbsent(await provider.observe(ref, scope()))).toBe(true);
    await converge(provider, ref, spec);
    const seen = at(await provider.observe(ref, scope()));
    expect(seen).toMatchObject({ mark: 'ours', generation: ref.generation });
    expect(provider.plan(ref, spec, seen)).toEqual([]);
  });

  test('P3 ensure repeated with the same changes ends in the same place', async () => {
    const { provider, ref: make, spec } = given();
    const ref = make('twice');
    const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
    const first = await provider.ensure(ref, spec, changes, scope());
    const before = await provider.observe(ref, scope());
    expect(await provider.ensure(ref, spec, changes, scope())).toEqual(first);
    expect(settings(await provider.observe(ref, scope()))).toEqual(settings(before));
  });

  test('P2 each setting changed behind its back is named by its path, and alone repaired', async () => {
    const { provider, ref: make, spec, drifts } = given();
    const ref = make('drift');
    await converge(provider, ref, spec);
    const good = settings(await provider.observe(ref, scope()));
    for (const drift of drifts) {
      await drift.tamper(ref);
      const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
      expect(changes.map(({ path: at, weight }) => ({ path: at, weight }))).toEqual([
        { path: drift.path, weight: drift.weight },
      ]);
      await provider.ensure(ref, spec, changes, scope());
      expect(settings(await provider.observe(ref, scope())), `after ${drift.path}`).toEqual(good);
    }
    expect(provider.plan(ref, spec, await provider.observe(ref, scope()))).toEqual([]);
  });

  test('P2 another tier is a plan of single fields, and converges', async () => {
    const { provider, ref: make, spec, otherTier } = given();
    const ref = make('tier');
    await converge(provider, ref, spec);
    const moved = { ...ref, tier: otherTier.tier };
    const changes = provider.plan(moved, otherTier.spec, await provider.observe(moved, scope()));
    expect(changes.map(path)).not.toContain('');
    await converge(provider, moved, otherTier.spec);
    expect(provider.plan(moved, otherTier.spec, await provider.observe(moved, scope()))).toEqual([]);
  });

  test('access is withdrawn and granted by changes below /access alone', async () => {
    const { provider, ref: make, spec, withdrawn, give } = given();
    expect(provider.hasAccess).toBe(withdrawn !== undefined);
    if (withdrawn === undefined) return;
    const ref = make('access');
    await converge(provider, ref, spec);
    await give?.(ref);
    expect(provider.plan(ref, spec, await provider.observe(ref, scope()))).toEqual([]);
    for (const next of [withdrawn, spec]) {
      const changes = provider.plan(ref, next, await provider.observe(ref, scope()));
      expect(changes.length).toBeGreaterThan(0);
      expect(changes.map(path).filter((one) => !one.startsWith('/access'))).toEqual([]);
      await provider.ensure(ref, next, changes, scope());
      expect(provider.plan(ref, next, await provider.observe(ref, scope()))).toEqual([]);
    }
  });
}

function deletionSuite<Spec, Seen extends SeenBase>(given: () => ProviderHarness<Spec, Seen>): void {
  test('P4 an object with data is deleted without remains, and deleting again is success', async () => {
    const { provider, ref: make, spec, putData, remains } = given();
    const ref = make('delete');
    await converge(provider, ref, spec);
    await putData(ref);
    await provider.delete(ref, scope());
    expect(isAbsent(await provider.observe(ref, scope()))).toBe(true);
    expect(await remains(ref)).toEqual([]);
    await provider.delete(ref, scope());
    await converge(provider, ref, spec);
    await provider.delete(ref, scope());
    expect(await remains(ref)).toEqual([]);
  });

  test('an aborted signal ends a call with its reason and nothing is made', async () => {
    const { provider, ref: make, spec } = given();
    const ref = make('abort');
    const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
    const reason = new Error('enough');
    const aborted = { ...scope(), signal: AbortSignal.abort(reason) };
    await expect(provider.observe(ref, aborted)).rejects.toBe(reason);
    await expect(provider.ensure(ref, spec, changes, aborted)).rejects.toBe(reason);
    await expect(provider.delete(ref, aborted)).rejects.toBe(reason);
    expect(isAbsent(await provider.observe(ref, scope()))).toBe(true);
  });
}

function networkSuite<Spec, Seen extends SeenBase>(given: () => ProviderHarness<Spec, Seen>): void {
  const away = { class: 'Unavailable', away: true, code: 'BackendUnavailable' };

  test('a backend that accepts and never answers is away, for every call', async () => {
    const { provider: own, ref: make, spec, mute } = given();
    expect(own.embedded).toBe(mute === undefined);
    if (mute === undefined) return;
    const { provider, close } = await mute();
    const ref = { ...make('mute'), kind: own.kind };
    const changes = provider.plan(ref, spec, { absent: true });
    await expect(provider.observe(ref, scope())).rejects.toMatchObject(away);
    await expect(provider.ensure(ref, spec, changes, scope())).rejects.toMatchObject(away);
    await expect(provider.delete(ref, scope())).rejects.toMatchObject(away);
    await close();
  });

  test('a backend that refuses is away, and is used again once it is back', async () => {
    const { provider: own, ref: make, refusing } = given();
    expect(own.embedded).toBe(refusing === undefined);
    if (refusing === undefined) return;
    const { provider, restore, close } = await refusing();
    const ref = make('refused');
    await expect(provider.observe(ref, scope())).rejects.toMatchObject({ ...away, backend: provider.backend });
    restore();
    await expect(provider.observe(ref, scope())).resolves.toBeDefined();
    await close();
  });
}
