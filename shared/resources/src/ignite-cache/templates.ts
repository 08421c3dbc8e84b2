/**
 * Whether the server offers a template with expiry for a part's caches. Thin clients can neither set expiry nor list templates:
 * a template is what a cache gets that is made by name alone, so one is made under a name of ours, looked at, and destroyed.
 *
 * 1. A template counts if what it makes is what the contract asks for (group, backups, atomicity) and, where the server
 *    can be asked by SQL, if its entries do expire.
 * 2. Asked once for each part and backend: who comes while it is asked waits for that answer. One that was lost, or another
 *    replica asking at the same time, is no answer.
 */
import type { Ref } from '@leasehold/engine';
import { asFault, conflict } from '@leasehold/kernel';
import type { IgniteLink } from './link.ts';
import { type CacheSpec, groupsFor } from './spec.ts';

export interface Templates {
  offered(ref: Ref, spec: CacheSpec, signal: AbortSignal): Promise<boolean>;
}

const PROBE = 'leasehold-template-probe';
/** In the server's own words: entries live for ever. */
export const ETERNAL = /Eternal/;

export function createTemplates(link: IgniteLink): Templates {
  const known = new Map<string, boolean>();
  const turns = new Map<string, Promise<unknown>>();
  return {
    async offered(ref, spec, signal) {
      if (spec.expirySeconds === null) return false;
      const prefix = ref.name.slice(0, ref.name.length - ref.tenantId.length);
      const before = turns.get(prefix) ?? Promise.resolve();
      const turn = before.then(async () => known.get(prefix) ?? (await ask(link, prefix + PROBE, spec, signal)));
      turns.set(
        prefix,
        turn.catch(() => undefined),
      );
      const answer = await turn;
      known.set(prefix, answer);
      return answer;
    },
  };
}

async function ask(link: IgniteLink, probe: string, spec: CacheSpec, signal: AbortSignal): Promise<boolean> {
  try {
    await link.createByName(probe, signal);
  } catch (error) {
    // Left by a crash, or somebody is asking right now: either way it is looked at, and taken away.
    if (asFault(error).code !== 'AlreadyExists') throw error;
  }
  const found = await link.find(probe, signal);
  const expiry = await link.expiryOf(probe, signal);
  await link.destroy(probe, signal);
  if (found === undefined) {
    throw conflict('somebody else asks ignite for its templates', { code: 'BusyMeanwhile', backend: 'ignite' });
  }
  const fits = found.backups === spec.backups && found.atomicity === spec.atomicity && found.mode === 'partitioned';
  return fits && groupsFor(spec).includes(found.group ?? '') && !ETERNAL.test(expiry ?? '');
}
