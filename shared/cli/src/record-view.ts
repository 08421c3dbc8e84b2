/**
 * Tables and lists: tenants, drift, dead letters, the switches. Pure.
 */
import { shortInstant } from './duration.ts';
import { type Paint, statusMark, statusWord } from './paint.ts';
import { align, plain } from './text.ts';
import { renderTree } from './tree.ts';
import { type Fields, fields, items, maybeText, tenantSeen, text } from './wire.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): readonly string[] =>
  align([head.map((word) => paint.dim(word)), ...rows]);

export function tenantLines(found: readonly Fields[], paint: Paint): readonly string[] {
  const rows = found
    .map(tenantSeen)
    .map((tenant) => [
      tenant.id,
      tenant.name,
      tenant.tier,
      `${statusMark(tenant.status, paint)} ${statusWord(tenant.status, paint)}`,
      String(tenant.generation),
      shortInstant(tenant.createdAt) || '-',
      [
        ...(tenant.isProtected ? ['protected'] : []),
        ...(tenant.graceUntil && tenant.status !== 'deleted' ? [`deletion ${shortInstant(tenant.graceUntil)}`] : []),
      ].join(', '),
    ]);
  return table(['ID', 'NAME', 'TIER', 'STATUS', 'GEN', 'CREATED', ''], rows, paint);
}

export function driftLines(answer: unknown, paint: Paint): readonly string[] {
  const drift = fields(answer);
  const found = items(drift['drift']).map((entry) => ({
    label: `${paint.warn('~')} ${text(entry['kind'])} ${text(entry['name'])}  ${text(entry['action'])}: ${text(entry['reason'])}`,
    children: items(entry['differences']).map((change) => ({
      label: `${text(change['path']) || '(all)'}: ${shortJson(change['from'])} -> ${shortJson(change['to'])}${heldNote(items(entry['held']), change)}`,
    })),
  }));
  const unseen = items(drift['unseen']).map((entry) => ({
    label: `${paint.bad('?')} ${text(entry['kind'])} ${text(entry['name'])}  not seen: ${text(entry['reason'])}`,
  }));
  const verdict =
    found.length + unseen.length === 0 ? 'is as it should be' : `${found.length} differ, ${unseen.length} not seen`;
  return renderTree({ label: `${paint.bold(text(drift['tenant_id']))} ${verdict}`, children: [...found, ...unseen] });
}

/** Why a difference is left as it is, where it is. */
function heldNote(held: readonly Fields[], change: Fields): string {
  const found = held.find((one) => text(one['path']) === text(change['path']));
  if (!found) return '';
  const would = maybeText(found['would']);
  return would ? ` (held: a repair would ${would})` : ' (held: others undo it each time)';
}

const shortJson = (value: unknown): string => plain(JSON.stringify(value ?? null).slice(0, 120));

const topicWord = (topic: string): string => topic.replace(/^persistent:\/\/[^/]+\//, '');

function stateWord(letter: Fields, paint: Paint): string {
  const state = text(letter['state'], '-');
  return state === 'open' ? paint.bad(state) : state;
}

export function letterTable(found: readonly Fields[], paint: Paint): readonly string[] {
  // A server of an earlier release tells no state.
  const hasState = found.some((letter) => maybeText(letter['state']) !== undefined);
  const rows = found.map((letter) => [
    text(letter['id']),
    ...(hasState ? [stateWord(letter, paint)] : []),
    paint.bad(text(letter['error_code'])),
    topicWord(text(letter['topic'])),
    text(letter['tenant_id'], '-'),
    shortInstant(text(letter['dead_at'])),
    String(items(letter['redrives']).length),
  ]);
  const state = hasState ? ['STATE'] : [];
  return table(['ID', ...state, 'CODE', 'TOPIC', 'TENANT', 'DEAD AT', 'REDRIVES'], rows, paint);
}

export function letterLines(answer: unknown, paint: Paint): readonly string[] {
  const letter = fields(answer);
  const facts: readonly (readonly [string, string])[] = [
    ...(maybeText(letter['state']) === undefined ? [] : [['state', stateWord(letter, paint)] as const]),
    ['code', paint.bad(text(letter['error_code']))],
    ['why', text(letter['error_message'])],
    ['topic', text(letter['topic'])],
    ['message', text(letter['message_id'])],
    ['tenant', text(letter['tenant_id'], '-')],
    ['published', shortInstant(text(letter['published_at']))],
    ['dead at', shortInstant(text(letter['dead_at']))],
    ['attempts', text(letter['attempts'])],
  ];
  const redrives = items(letter['redrives']).map((one) => ({
    label: `redriven ${shortInstant(text(one['at']))} by ${text(one['by'])}: ${text(one['outcome'])}${
      maybeText(one['reason']) ? ` (${text(one['reason'])})` : ''
    }`,
  }));
  const { decoded } = letter;
  const content =
    decoded === null || decoded === undefined
      ? [`content, base64: ${text(letter['payload_base64'])}`]
      : JSON.stringify(decoded, undefined, 2).split('\n').map(plain);
  return [
    ...renderTree({
      label: paint.bold(text(letter['id'])),
      children: [
        ...align(facts.map(([name, value]) => [paint.dim(name), value])).map((label) => ({ label })),
        ...redrives,
      ],
    }),
    '',
    ...content,
  ];
}

export function controlLines(answer: unknown, paint: Paint): readonly string[] {
  const control = fields(answer);
  const shown = (value: unknown): string =>
    value === 'running' ? paint.good('running') : paint.warn(text(value, 'unknown'));
  const rows = [
    ['reconcile', shown(control['reconcile'])],
    ['deletions', shown(control['deletions'])],
    // Behind a pause of deletions the brake would not be seen.
    ...(control['brake'] === 'shut'
      ? [['brake', paint.warn('shut: more deletions were asked for by events than it allows')]]
      : []),
    ...Object.entries(fields(control['backends'])).map(([name, value]) => [`backend ${plain(name)}`, shown(value)]),
  ];
  const changed = maybeText(control['updated_at']);
  return [...align(rows), ...(changed ? [paint.dim(`changed ${shortInstant(changed)}`)] : [])];
}
