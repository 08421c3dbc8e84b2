/**
 * Which changes of a plan are made, and which are left as they are. Pure.
 *
 * C1. What would destroy or weaken is made when an operator asked for it: what is seen is what we had set ourselves before, and what
 *     is wanted has changed since. As a repair of what somebody else set it waits for an operator's word.
 * C2. A quota below what is used waits for the word whoever asked.
 * C3. A repair that another controller undoes time and again waits in growing pauses (fight.ts).
 * C5. What is adopted keeps what was set for it; what nobody had set is nobody's wish, and follows the tier. A creation of ours that
 *     was cut off is finished: what it had not set yet is no wish of anybody.
 * C4. A node with nothing but such differences is as it should be as far as the mesh goes: it is told once, and costs nothing after.
 */
import { bound } from '@leasehold/kernel';
import { isDamped, isFought } from './fight.ts';
import type { Change, Provider, Ref, SeenBase } from './provider.ts';
import type { LeftChange, NodeRecord } from './record.ts';

export interface Divided {
  readonly made: readonly Change[];
  readonly left: readonly LeftChange[];
}

export interface Division {
  readonly ref: Ref;
  readonly provider: Provider;
  readonly seen: SeenBase;
  readonly record: NodeRecord;
  readonly nowMs: number;
  /** An operator's word that what destroys or weakens is made. */
  readonly consent: boolean;
}

export function divide(division: Division, changes: readonly Change[]): Divided {
  const { record, nowMs } = division;
  const made: Change[] = [];
  const left: LeftChange[] = [];
  for (const change of changes) {
    if (waitsForWord(division, change)) left.push({ ...change, why: 'consent' });
    else if (change.weight === 'settings' && isDamped(record, change.path, nowMs))
      left.push({ ...change, why: 'fight' });
    else made.push(change);
  }
  return { made, left };
}

function waitsForWord(division: Division, change: Change): boolean {
  if (!change.weakens || division.consent || isCutOff(division)) return false;
  if (change.weakens.kind === 'quota-below-use') return true;
  return !isUnsaid(division, change) && !isAsked(division, change.path);
}

/** C5. */
const isUnsaid = ({ record }: Division, { from }: Change): boolean =>
  !record.born && (from === null || from === undefined);

/** C5. */
const isCutOff = ({ record }: Division): boolean => !record.born && record.intent?.action === 'create';

/** C1. */
function isAsked({ ref, provider, seen, record }: Division, path: string): boolean {
  return (record.former ?? []).some((former) => {
    const spec = provider.spec.safeParse(former);
    return spec.success && !provider.plan(ref, spec.data, seen).some((change) => overlaps(change.path, path));
  });
}

const overlaps = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

/** How old a look may be whose values are shown, where only the values of what is left have changed since. */
const VALUES_MS = bound('left-values-ms', 3_600_000);

/** C4. Whether the record says all that a look at it says: nothing is to be told or ended. */
export function isTold(left: readonly LeftChange[], record: NodeRecord, nowMs: number): boolean {
  const known = record.left ?? [];
  const isOld = nowMs - (record.observedAtMs ?? 0) > VALUES_MS.value;
  return (
    left.every((change) => {
      const told = known.find(({ path, why }) => path === change.path && why === change.why);
      return told !== undefined && !(isOld && text(told) !== text(change));
    }) &&
    known.every(
      ({ path, why }) =>
        left.some((change) => change.path === path && change.why === why) ||
        (why === 'fight' && isFought(record, path, nowMs)),
    )
  );
}

const text = ({ from, to }: Change): string => JSON.stringify([from ?? null, to ?? null]);

/** What is left and why, in a sentence. */
export function describeLeft(left: readonly LeftChange[]): string {
  const waits = left.filter(({ why }) => why === 'consent');
  const fought = left.filter(({ why }) => why === 'fight');
  const gone = fought.filter(({ path }) => path === '');
  return [
    ...gone.map(() => 'others take it away each time it is made'),
    ...waits.map(({ path, weakens }) => `${path} is left as it is: a repair would ${weakens?.would ?? 'change it'}`),
    ...fought
      .filter(({ path }) => path !== '')
      .map(
        ({ path, from, to }) =>
          `${path} is set by others to ${JSON.stringify(from ?? null)} each time it is set to ${JSON.stringify(to ?? null)}`,
      ),
  ].join('; ');
}
