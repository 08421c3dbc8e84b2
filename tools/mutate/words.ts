/**
 * Which texts are words for people: messages of faults and reasons, names of bounds, lines of the log, documentation of routes
 * and settings. They are not mutated; codes, names and paths are.
 */

interface Node {
  readonly type: string;
  readonly callee?: { readonly name?: string; readonly property?: { readonly name?: string } };
  readonly arguments?: readonly Node[];
  readonly key?: { readonly name?: string };
}

export interface NodePath {
  readonly node: Node;
  readonly parentPath: NodePath | null;
  isFunction?(): boolean;
}

/** Calls whose texts are read by people, with the places of those texts among their arguments. */
const CALLS: Readonly<Record<string, readonly number[] | 'all'>> = {
  bound: [0],
  reason: [1],
  explain: [2],
  invalid: [0],
  conflict: [0],
  unavailable: [0],
  bug: [0],
  Fault: [1],
  problem: [1],
  weakening: [1],
  RangeError: [0],
  TypeError: [0],
  Error: [0],
  warn: [0],
  info: [0],
  error: [0],
  debug: [0],
  meta: 'all',
};
const FIELDS: readonly (string | undefined)[] = [
  'description',
  'summary',
  'message',
  'title',
  'detail',
  'examples',
  'would',
];

const isText = ({ node }: NodePath): boolean => node.type === 'StringLiteral' || node.type === 'TemplateLiteral';
const nameOf = ({ callee }: Node): string => callee?.name ?? callee?.property?.name ?? '';

function isWord(path: NodePath): boolean {
  for (let inner = path, outer = path.parentPath; outer; inner = outer, outer = outer.parentPath) {
    const { node } = outer;
    if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      const name = nameOf(node);
      // Some calls are named as what every object has: `toString`.
      const places = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
      if (places === undefined) return false;
      return places === 'all' || places.includes(node.arguments?.indexOf(inner.node) ?? -1);
    }
    if (node.type === 'ObjectProperty' && FIELDS.includes(node.key?.name)) return true;
    if (outer.isFunction?.() || node.type === 'IfStatement' || node.type === 'VariableDeclaration') return false;
  }
  return false;
}

export const words = {
  shouldIgnore: (path: NodePath): string | undefined => (isText(path) && isWord(path) ? 'words for people' : undefined),
};
