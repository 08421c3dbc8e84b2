/**
 * A plan as a tree for a terminal, and the symbols that every view of it shares. Pure text: colours are the caller's.
 */
import type { Action, NodePlan } from './plan.ts';

const SYMBOLS: Readonly<Record<Action, string>> = {
  create: '+',
  update: '~',
  keep: '=',
  delete: '-',
  gone: '.',
  'not-ours': '!',
  refuse: '!',
  lost: '!',
  wait: '?',
  skip: '·',
};

/** Roots first; what depends on a node is drawn below it (below the last of its dependencies, where it has several). */
export function renderPlan(title: string, plans: readonly NodePlan[]): string {
  const parentOf = (plan: NodePlan): string | undefined =>
    plan.dependsOn.filter((id) => plans.some((other) => other.id === id)).at(-1);
  const lines = [title];
  const draw = (parent: string | undefined, indent: string): void => {
    const children = plans.filter((plan) => parentOf(plan) === parent);
    children.forEach((plan, index) => {
      const last = index === children.length - 1;
      const text = `${SYMBOLS[plan.action]} ${plan.kind} ${plan.name}  ${plan.action}: ${reasonOf(plan)}`;
      lines.push(`${indent}${last ? '└─' : '├─'} ${text}`);
      const below = `${indent}${last ? '   ' : '│  '}`;
      for (const change of plan.changes)
        lines.push(`${below}   ${change.path}: ${show(change.from)} -> ${show(change.to)}`);
      draw(plan.id, below);
    });
  };
  draw(undefined, '');
  return `${lines.join('\n')}\n`;
}

/** The differences of an update are drawn below it, so that its own line only counts them. */
const reasonOf = (plan: NodePlan): string =>
  plan.action === 'update' ? `${plan.changes.length} difference(s)` : plan.reason.message;

const show = (value: unknown): string => (value === undefined ? '(none)' : JSON.stringify(value));
