/**
 * What took place in schedules, by kind and how often: requests, faults, disasters, decisions, what became of nodes and messages. It
 * shows what the schedules reach, and what of the service's own words never came.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { NodeRecord } from '@leasehold/engine';
import type { World } from '@leasehold/testing/world';
import { statusOf } from './service.ts';
import { journalOfCommit, outgoingOfCommit, type TenantCommit, type TenantViews } from './tenant-view.ts';

/** By `group name`. */
export type Occurrences = Readonly<Record<string, number>>;

export function watchOccurrences(world: World, views: TenantViews): () => Occurrences {
  const counts = new Map<string, number>();
  const count = (group: string, name: string, by = 1): void => {
    const key = `${group} ${name}`;
    counts.set(key, (counts.get(key) ?? 0) + by);
  };
  world.store.onCommit((committed) => {
    for (const { reasons } of journalOfCommit(committed)) for (const { code } of reasons) count('reason', code);
  });
  views.onCommit((commit) => {
    for (const [group, name] of factsOf(commit)) count(group, name);
  });
  return () => {
    for (const { id } of world.faults.struck) count('fault', faultName(id));
    for (const [what, times] of world.trace.counts) if (!what.startsWith('!')) count('step', what, times);
    return Object.fromEntries(counts);
  };
}

export function addOccurrences(a: Occurrences, b: Occurrences): Occurrences {
  const sum: Record<string, number> = { ...a };
  for (const [key, times] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + times;
  return sum;
}

/** `r1/store.commit#3:late` is `store late`; `kill#0` is `kill`. */
function faultName(id: string): string {
  const [place = '', rest = ''] = id.split('#');
  const [, kind] = rest.split(':');
  const target = place.slice(place.indexOf('/') + 1).split('.')[0];
  return kind === undefined ? place : `${target} ${kind}`;
}

type Fact = readonly [group: string, name: string];

function* factsOf(commit: TenantCommit): Generator<Fact> {
  const { before, after, committed } = commit;
  for (const { command, actor, disposition } of journalOfCommit(committed))
    if (command) yield ['command', `${command.kind} by ${actor?.event ? 'event' : 'call'}: ${disposition ?? 'unsaid'}`];
  for (const outgoing of outgoingOfCommit(committed))
    yield outgoing.kind === 'event' ? ['told', outgoing.topic] : ['letter', outgoing.code];
  const [was, is] = [before ? statusOf(before.state) : 'none', statusOf(after.state)];
  if (was !== is) yield ['status', `${was} to ${is}`];
  const [held, holds] = [before?.state.claim, after.state.claim];
  if (holds && held && held.holder !== holds.holder) yield ['claim', 'taken over'];
  if (before?.state.records === after.state.records) return;
  for (const record of after.state.records)
    yield* nodeFacts(
      before?.state.records.find(({ id }) => id === record.id),
      record,
    );
}

function* nodeFacts(was: NodeRecord | undefined, is: NodeRecord): Generator<Fact> {
  if (was === is) return;
  if (was && was.status !== is.status) yield ['node', `${was.status} to ${is.status}`];
  if (is.failure && is.failure.atMs !== was?.failure?.atMs) yield ['failure', is.failure.code];
  if (is.settleAtMs !== undefined && is.settleAtMs !== was?.settleAtMs) yield ['node', 'is waited for'];
  if (is.fate && is.fate !== was?.fate) yield ['fate', is.fate];
  if (is.lost && !was?.lost) yield ['node', 'is lost'];
  if (is.drift && !was?.drift) yield ['node', 'has drifted'];
}

const ROOT = new URL('../../', import.meta.url);
/** Where the words for why something was decided are made. */
const WORDS = 'services/tenant-provisioner/src/domain';
const WORD = /(?:explain\([\s\S]{0,20}?|reason\(\s*)'([A-Z]\w+)'/g;

/** Reasons that the sources name and that no decision gave. */
export function neverSaid(seen: Occurrences): readonly string[] {
  const said = new Set(Object.keys(seen).map((key) => key.split(' ').at(-1) ?? ''));
  const words = readdirSync(new URL(WORDS, ROOT))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => [...readFileSync(new URL(`${WORDS}/${name}`, ROOT), 'utf8').matchAll(WORD)])
    .map(([, word = '']) => word);
  return [...new Set(words)].filter((word) => !said.has(word)).sort();
}

/** One line a group, the most frequent first. */
export function describeOccurrences(seen: Occurrences): readonly string[] {
  const groups = Map.groupBy(Object.entries(seen), ([key]) => key.slice(0, key.indexOf(' ')));
  const never = neverSaid(seen);
  return [
    ...[...groups].sort().map(([group, entries]) => {
      const sorted = [...entries].sort(([, a], [, b]) => b - a);
      return `${group}: ${sorted.map(([key, times]) => `${key.slice(group.length + 1)} ${times}`).join(', ')}`;
    }),
    ...(never.length === 0 ? [] : [`never said: ${never.join(', ')}`]),
  ];
}
