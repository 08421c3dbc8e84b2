/**
 * A plan as a tree: what would be done and why, what depends on what. Pure.
 *
 * 1. A node is drawn below the last of its dependencies that is in the plan; others are named.
 */
import type { Paint } from './paint.ts';
import { align } from './text.ts';
import { renderTree, type TreeNode } from './tree.ts';
import { type Fields, fields, items, maybeText, text, texts } from './wire.ts';

interface Action {
  readonly id: string | undefined;
  readonly kind: string;
  readonly name: string;
  readonly action: string;
  readonly dependsOn: readonly string[];
  readonly reason: string;
  /** The code by which the tenant would fail. */
  readonly refused: string | undefined;
}

const SYMBOLS: Readonly<Record<string, readonly [string, keyof Paint]>> = {
  create: ['+', 'good'],
  update: ['~', 'warn'],
  keep: ['=', 'dim'],
  delete: ['-', 'bad'],
};
/** What the tenant would fail by, whatever else is planned. */
export const REFUSED: readonly [string, keyof Paint] = ['!', 'bad'];
const ORDER = Object.keys(SYMBOLS);

/** The plan as JSON, whatever came. @param title what is planned, already made harmless. */
export function planLines(title: string, answer: unknown, paint: Paint): readonly string[] {
  const plan = fields(answer);
  const actions = items(plan['actions']).map(actionOf);
  return [
    ...renderTree({ label: paint.bold(title), children: rootsOf(actions, paint) }),
    '',
    summary(actions, fields(plan['estimated_monthly_cost'])),
  ];
}

const actionOf = (entry: Fields): Action => ({
  id: maybeText(entry['id']),
  kind: text(entry['kind'], '?'),
  name: text(entry['name'], '?'),
  action: text(entry['action'], '?'),
  dependsOn: texts(entry['depends_on']),
  reason: text(entry['reason']),
  refused: maybeText(entry['refused']),
});

/** A node is never below itself. */
function parentOf(action: Action, actions: readonly Action[]): Action | undefined {
  for (const dependency of action.dependsOn.toReversed()) {
    const found = actions.find((other) => other !== action && other.id === dependency);
    if (found) return found;
  }
  return undefined;
}

/** Every action is drawn once, also one that an odd answer puts below itself. */
function rootsOf(actions: readonly Action[], paint: Paint): readonly TreeNode[] {
  const drawn = new Set<Action>();
  const nodes = [...childrenOf(undefined, actions, paint, drawn)];
  for (const action of actions)
    if (!drawn.has(action)) nodes.push(...childrenOf(parentOf(action, actions), actions, paint, drawn));
  return nodes;
}

function childrenOf(
  parent: Action | undefined,
  actions: readonly Action[],
  paint: Paint,
  drawn: Set<Action>,
): readonly TreeNode[] {
  const own = actions.filter((action) => !drawn.has(action) && parentOf(action, actions) === parent);
  for (const action of own) drawn.add(action);
  const rows = align(
    own.map((action) => {
      const refused = action.refused !== undefined;
      const [symbol, tone] = refused ? REFUSED : (SYMBOLS[action.action] ?? ['?', 'dim']);
      return [
        `${paint[tone](symbol)} ${action.kind}`,
        action.name,
        paint[tone](refused ? 'refused' : action.action),
        action.action === 'keep' && !refused ? paint.dim(action.reason) : action.reason,
      ];
    }),
  );
  return own.map((action, at) => ({ label: rows[at] ?? '', children: childrenOf(action, actions, paint, drawn) }));
}

function summary(actions: readonly Action[], cost: Fields): string {
  const refused = actions.filter((action) => action.refused !== undefined).length;
  const going = actions.filter((action) => action.refused === undefined);
  const counts = ORDER.map((word) => [word, going.filter(({ action }) => action === word).length] as const);
  const shown = [
    ...counts.filter(([, count]) => count > 0).map(([word, count]) => `${count} to ${word}`),
    ...(refused === 0 ? [] : [`${refused} refused`]),
  ];
  const amount = text(cost['amount']);
  const price = amount === '' ? '' : `; at most ${amount} ${text(cost['currency'])} a month`;
  return `Plan: ${shown.join(', ') || 'nothing to do'}${price}. Nothing was touched.`;
}
