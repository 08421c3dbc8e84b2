/**
 * Blueprints, the plan of a rollout and how one goes, as lines. Pure.
 */
import { shortInstant } from './duration.ts';
import type { Paint } from './paint.ts';
import { REFUSED } from './plan-view.ts';
import { align } from './text.ts';
import { renderTree, type TreeNode } from './tree.ts';
import { type Fields, fields, items, maybeText, text, texts } from './wire.ts';

const TONES: Readonly<Record<string, keyof Paint>> = {
  planned: 'dim',
  running: 'warn',
  halted: 'bad',
  completed: 'good',
  cancelled: 'dim',
};
const SYMBOLS: Readonly<Record<string, readonly [string, keyof Paint]>> = {
  create: ['+', 'good'],
  update: ['~', 'warn'],
  keep: ['=', 'dim'],
  delete: ['-', 'bad'],
};

const head = (words: readonly string[], paint: Paint): readonly string[] => words.map((word) => paint.dim(word));
const stateWord = (state: string, paint: Paint): string => paint[TONES[state] ?? 'dim'](state);

export function blueprintTable(found: readonly Fields[], paint: Paint): readonly string[] {
  const rows = found.map((blueprint) => {
    const tenants = fields(blueprint['tenants']);
    const behind = text(tenants['behind'], '?');
    return [
      text(blueprint['tier'], '?'),
      text(blueprint['digest'], '?'),
      text(blueprint['resources'], '?'),
      text(tenants['current'], '?'),
      behind === '0' ? behind : paint.warn(behind),
      text(tenants['with_more'], '?'),
      text(blueprint['rollout'], '-'),
    ];
  });
  return align([head(['TIER', 'DIGEST', 'RESOURCES', 'CURRENT', 'BEHIND', 'WITH MORE', 'ROLLOUT'], paint), ...rows]);
}

/** The whole plan: what happens to how many, what is lost by it, who is left out, and the canary as its backends are. */
export function rolloutPlanLines(answer: unknown, paint: Paint): readonly string[] {
  const plan = fields(answer);
  const tenants = fields(plan['tenants']);
  const targets = items(plan['targets']).map((target) => `${text(target['tier'])} ${text(target['digest'])}`);
  const canary = fields(plan['canary']);
  const losses = items(plan['data_loss']).map((loss) => ({
    label: paint.bad(`! ${text(loss['objects'])} of ${text(loss['kind'])} hold data and are deleted`),
  }));
  const skipped = items(plan['skipped']).map((skip) => ({
    label: `${paint.dim('o')} ${text(skip['tenants'])} left out (${texts(skip['examples']).join(', ')}): ${text(skip['message'])}`,
  }));
  const groups = items(plan['groups']).map((group) => ({
    label: `${text(group['tenants'])} tenant(s), such as ${texts(group['examples']).join(', ')}`,
    children: items(group['actions']).map((action) => actionNode(action, paint)),
  }));
  const first = maybeText(canary['tenant_id']);
  const looked =
    first === undefined
      ? []
      : [{ label: `canary ${first}`, children: items(canary['actions']).map((one) => actionNode(one, paint)) }];
  const waves = (Array.isArray(plan['waves']) ? plan['waves'] : []).map(String).join(', ');
  return [
    ...renderTree({
      label: paint.bold(`rollout of ${targets.join(', ')}`),
      children: [...losses, ...groups, ...skipped, ...looked],
    }),
    '',
    `Plan: ${text(tenants['planned'])} of ${text(tenants['behind'])} behind, in waves of ${waves || 'none'}. Nothing was touched.`,
  ];
}

function actionNode(action: Fields, paint: Paint): TreeNode {
  const isRefused = maybeText(action['refused']) !== undefined;
  const [symbol, tone] = isRefused ? REFUSED : (SYMBOLS[text(action['action'])] ?? ['?', 'dim']);
  const name = maybeText(action['name']) ?? text(action['id'], '?');
  const changes = texts(action['changes']);
  const why = changes.length > 0 ? changes.join(' ') : text(action['reason']);
  return { label: `${paint[tone](symbol)} ${name}  ${paint[tone](text(action['action']))}  ${why}` };
}

export function rolloutTable(found: readonly Fields[], paint: Paint): readonly string[] {
  const rows = found.map((rollout) => {
    const outcomes = fields(rollout['outcomes']);
    return [
      text(rollout['rollout_id'], '?'),
      stateWord(text(rollout['state'], '?'), paint),
      items(rollout['targets'])
        .map((target) => text(target['tier']))
        .join(','),
      progress(outcomes, rollout),
      shortInstant(text(rollout['created_at'])) || '-',
      text(rollout['requested_by']),
    ];
  });
  return align([head(['ID', 'STATE', 'TIERS', 'DONE', 'CREATED', 'BY'], paint), ...rows]);
}

const progress = (outcomes: Fields, rollout: Fields): string => {
  const done = ['updated', 'unchanged', 'skipped', 'failed'].reduce(
    (sum, name) => sum + Number(outcomes[name] ?? 0),
    0,
  );
  return `${done}/${text(rollout['behind'], '?')}`;
};

export function rolloutLines(answer: unknown, paint: Paint): readonly string[] {
  const rollout = fields(answer);
  const outcomes = fields(rollout['outcomes']);
  const words = ['updated', 'unchanged', 'skipped', 'failed'].map((name) => `${text(outcomes[name], '0')} ${name}`);
  const stalled = maybeText(rollout['stalled']);
  const members = items(rollout['members']).map((member) => {
    const outcome = maybeText(member['outcome']) ?? 'under way';
    const tone = outcome === 'failed' ? 'bad' : outcome === 'updated' ? 'good' : 'dim';
    return { label: `${text(member['tenant_id'], '?')}  ${paint[tone](outcome)}  ${text(member['reason'])}` };
  });
  const reasons = items(rollout['reasons']).map((one) => ({
    label: `${paint.dim(shortInstant(text(one['at'])))} ${text(one['code'])}: ${text(one['message'])}`,
  }));
  return renderTree({
    label: `${paint.bold(text(rollout['rollout_id'], '?'))} ${stateWord(text(rollout['state'], '?'), paint)}`,
    children: [
      { label: `${words.join(', ')} of ${text(rollout['behind'], '?')}` },
      ...(stalled === undefined ? [] : [{ label: paint.warn(`does not go on: ${stalled}`) }]),
      ...(members.length === 0 ? [] : [{ label: `wave ${text(rollout['wave'])}`, children: members }]),
      ...reasons,
    ],
  });
}

export function rolloutTenantTable(found: readonly Fields[], paint: Paint): readonly string[] {
  const rows = found.map((one) => [
    text(one['tenant_id'], '?'),
    text(one['wave'], '?'),
    one['outcome'] === 'failed' ? paint.bad('failed') : text(one['outcome'], '?'),
    `${text(one['code'])}: ${text(one['message'])}`,
  ]);
  return align([head(['TENANT', 'WAVE', 'OUTCOME', 'WHY'], paint), ...rows]);
}

/** One line for who follows it. */
export const rolloutProgress = (rollout: Fields): string =>
  `wave ${text(rollout['wave'], '0')}: ${progress(fields(rollout['outcomes']), rollout)} done, ${text(rollout['state'])}`;
