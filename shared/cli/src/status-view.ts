/**
 * A tenant's status as lines: the tree that `get`, `watch` and `--wait` draw, and one line for each change where there is
 * no terminal to draw on. Pure.
 */
import { formatDuration, shortInstant } from './duration.ts';
import { type Paint, statusMark, statusWord } from './paint.ts';
import { align } from './text.ts';
import { renderTree, type TreeNode } from './tree.ts';
import type { ConditionSeen, ResourceSeen, StatusSeen, TenantSeen } from './wire.ts';

export interface StatusView {
  readonly seen: StatusSeen;
  /** Protection and deletion, where they were asked for. */
  readonly record?: TenantSeen;
  readonly paint: Paint;
  /** Turns what is busy; absent for a picture that stands still. */
  readonly frame?: number;
  readonly elapsedMs?: number;
  /** Draws only the conditions that say why it takes long. */
  readonly brief?: boolean;
}

export function statusLines(view: StatusView): readonly string[] {
  const { seen, record, paint } = view;
  const facts = [
    ...(seen.name === '' || seen.name === seen.tenantId ? [] : [seen.name]),
    seen.tier,
    `generation ${seen.generation}`,
    ...(record?.isProtected ? ['protected'] : []),
    ...took(view),
  ];
  const head = [
    statusMark(seen.status, paint, view.frame),
    paint.bold(seen.tenantId),
    statusWord(seen.status, paint),
    paint.dim(facts.join(' · ')),
  ].join(' ');
  return renderTree({
    label: head,
    children: [...resourceNodes(view), ...conditionNodes(view), ...deletionNodes(record), ...quotaNodes(view)],
  });
}

const took = ({ seen, elapsedMs }: StatusView): readonly string[] =>
  elapsedMs !== undefined ? [formatDuration(elapsedMs)] : seen.durationMs ? [formatDuration(seen.durationMs)] : [];

const resourceNodes = ({ seen, paint, frame }: StatusView): readonly TreeNode[] =>
  align(
    seen.resources.map((resource) => [
      `${statusMark(resource.status, paint, frame)} ${resource.kind}`,
      resource.name,
      statusWord(resource.status, paint),
      resourceNote(resource, paint),
    ]),
  ).map((label) => ({ label }));

function resourceNote(resource: ResourceSeen, paint: Paint): string {
  const { status, attempts, message } = resource;
  const durationMs = tookMs(resource);
  const notes = [
    ...(durationMs === undefined ? [] : [paint.dim(formatDuration(durationMs))]),
    ...(attempts > 1 ? [paint.warn(`attempt ${attempts}`)] : []),
    ...(message === undefined ? [] : [status === 'failed' ? paint.bad(message) : message]),
  ];
  return notes.join('  ');
}

/** A condition that should worry somebody: `Ready` when it is false, any other when it is true. */
const worries = ({ type, holds }: ConditionSeen): boolean => (type === 'Ready' ? !holds : holds);

function conditionNodes({ seen, paint, brief }: StatusView): readonly TreeNode[] {
  const shown = brief ? seen.conditions.filter((one) => one.type !== 'Ready' && one.holds) : seen.conditions;
  const nodes = shown.map((one) => ({
    label: `${worries(one) ? paint.warn('!') : paint.good('✔')} ${one.type} ${one.holds ? 'yes' : 'no'}: ${one.reason}${
      one.message === '' ? '' : `, ${one.message}`
    }`,
  }));
  return brief || nodes.length === 0 ? nodes : [{ label: 'conditions', children: nodes }];
}

function deletionNodes(record: TenantSeen | undefined): readonly TreeNode[] {
  if (record?.graceUntil === undefined || record.status === 'deleted') return [];
  const reason = record.deletionReason === undefined ? '' : ` (${record.deletionReason})`;
  return [{ label: `deletion begins at ${shortInstant(record.graceUntil)}${reason}` }];
}

const LIMIT_WORDS = [
  ['cpu_cores', 'cores'],
  ['memory_gb', 'GB memory'],
  ['storage_gb', 'GB storage'],
  ['max_pods', 'pods'],
  ['max_services', 'services'],
  ['gpu_count', 'GPUs'],
] as const;

function quotaNodes({ seen, brief }: StatusView): readonly TreeNode[] {
  if (brief || Object.keys(seen.quota).length === 0) return [];
  const { monthly_cost_usd: cost } = seen.quota;
  const parts = LIMIT_WORDS.flatMap(([key, word]) =>
    typeof seen.quota[key] === 'number' ? [`${seen.quota[key]} ${word}`] : [],
  );
  if (cost === null) parts.push('no limit of cost');
  if (typeof cost === 'string') parts.push(`${cost} USD a month`);
  return [{ label: `quota ${parts.join(', ')}` }];
}

const statusLine = ({ tenantId, status, durationMs }: StatusSeen): string =>
  `${tenantId}: ${status}${durationMs ? ` (${formatDuration(durationMs)})` : ''}`;

/** How long it took is of use once it is over; before, it may be an earlier run's. */
const tookMs = ({ status, durationMs }: ResourceSeen): number | undefined =>
  ['ready', 'deleted', 'failed'].includes(status) ? durationMs : undefined;

/** What changed between two looks, one line each: for logs and pipes. */
export function changeLines(before: StatusSeen | undefined, now: StatusSeen): readonly string[] {
  const lines: string[] = [];
  if (before === undefined) lines.push(statusLine(now));
  const known = new Map(before?.resources.map((resource) => [`${resource.kind} ${resource.name}`, resource]));
  for (const resource of now.resources) {
    const name = `${resource.kind} ${resource.name}`;
    const was = known.get(name);
    if (was?.status === resource.status && was.message === resource.message && was.attempts === resource.attempts)
      continue;
    const notes = [
      ...(tookMs(resource) === undefined ? [] : [`in ${formatDuration(tookMs(resource) ?? 0)}`]),
      ...(resource.attempts > 1 ? [`attempt ${resource.attempts}`] : []),
      ...(resource.message === undefined ? [] : [resource.message]),
    ];
    lines.push(`  ${name}: ${resource.status}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`);
  }
  const said = new Set(before?.conditions.filter(worries).map(({ type, message }) => `${type} ${message}`));
  for (const one of now.conditions)
    if (one.type !== 'Ready' && worries(one) && !said.has(`${one.type} ${one.message}`))
      lines.push(`  ! ${one.type}: ${one.reason}, ${one.message}`);
  if (before !== undefined && before.status !== now.status) lines.push(statusLine(now));
  return lines;
}
