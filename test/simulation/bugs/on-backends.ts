/**
 * Providers, and bounds for them, that mistake what they do not know for what they would like.
 */
import { ABSENT, type Provider, type Ref, type SeenBase } from '@leasehold/engine';
import { bound, Fault, type Json } from '@leasehold/kernel';
import type { Process } from '@leasehold/testing/world';
import type { ProvisionerDeps } from '../service.ts';

const isUnknown = (error: unknown): error is Fault => error instanceof Fault && (error.unknownOutcome || error.away);

/** Nobody looks whether it is really gone. */
export function deletionAssumed(provider: Provider): Provider {
  const assumed = new Set<string>();
  return {
    ...provider,
    observe: (ref, scope) => (assumed.delete(ref.name) ? Promise.resolve(ABSENT) : provider.observe(ref, scope)),
    delete: (ref, scope) =>
      provider.delete(ref, scope).catch((error: unknown) => {
        if (!isUnknown(error)) throw error;
        assumed.add(ref.name);
      }),
  };
}

const plainFailure = (error: unknown): unknown =>
  isUnknown(error)
    ? new Fault('Unavailable', error.message, { code: 'BackendFailed', away: false, unknownOutcome: false })
    : error;

export const unknownAsFailure = (provider: Provider): Provider => ({
  ...provider,
  ensure: (ref, spec, changes, scope) =>
    provider.ensure(ref, spec, changes, scope).catch((error: unknown) => Promise.reject(plainFailure(error))),
  delete: (ref, scope) => provider.delete(ref, scope).catch((error: unknown) => Promise.reject(plainFailure(error))),
});

export const lateEffectIgnored = (deps: ProvisionerDeps): ProvisionerDeps =>
  deps.bounds
    ? { ...deps, bounds: { ...deps.bounds, run: { ...deps.bounds.run, lateEffectMs: bound('no-late-effects-ms', 0) } } }
    : deps;

export const adoptForeign = (provider: Provider, process: Process): Provider => ({
  ...provider,
  observe: async (ref, scope) => {
    const seen = await provider.observe(ref, scope);
    return 'absent' in seen ? seen : ours(seen, ref);
  },
  ensure: (ref, spec, changes, scope) =>
    provider.ensure(ref, spec, changes, scope).catch((error: unknown) => {
      if (!(error instanceof Fault) || error.code !== 'NameTaken') throw error;
      const target = { backend: provider.backend, kind: ref.kind, name: ref.name };
      const by = { process: process.name, tenantId: ref.tenantId, generation: ref.generation, fence: scope.fence };
      process.world.backends.configure(target, spec as Record<string, Json>, by, 0);
      return { name: ref.name };
    }),
});

const ours = (seen: SeenBase, ref: Ref): SeenBase => ({
  ...seen,
  mark: 'ours',
  generation: seen.generation ?? ref.generation,
});

export const failureAsAbsence = (provider: Provider): Provider => ({
  ...provider,
  observe: (ref, scope) =>
    provider.observe(ref, scope).catch((error: unknown) => {
      if (scope.signal.aborted) throw error;
      return ABSENT;
    }),
});

/** What is gone is made anew as if it had never held anything. */
export const lossForgotten = (provider: Provider): Provider => ({ ...provider, holdsData: false });
