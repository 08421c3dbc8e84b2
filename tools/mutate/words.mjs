/**
 * Tells the mutation tester which texts are words for people: messages of faults and reasons, names of bounds, lines of the log,
 * documentation of routes and settings. Codes, names and paths stay mutated.
 */
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** Calls whose texts are read by people, with the places of those texts among their arguments. */
const CALLS = {
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
const FIELDS = ['description', 'summary', 'message', 'title', 'detail', 'examples', 'would'];

const isText = ({ node }) => node.type === 'StringLiteral' || node.type === 'TemplateLiteral';
const nameOf = ({ callee }) => callee?.name ?? callee?.property?.name;

function isWord(path) {
  for (let inner = path, outer = path.parentPath; outer; inner = outer, outer = outer.parentPath) {
    const { node } = outer;
    if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      const name = nameOf(node);
      // Some calls are named as what every object has: `toString`.
      if (!Object.hasOwn(CALLS, name)) return false;
      const places = CALLS[name];
      return places === 'all' || places.includes(node.arguments.indexOf(inner.node));
    }
    if (node.type === 'ObjectProperty' && FIELDS.includes(node.key?.name)) return true;
    if (outer.isFunction?.() || node.type === 'IfStatement' || node.type === 'VariableDeclaration') return false;
  }
  return false;
}

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'words', {
    shouldIgnore: (path) => (isText(path) && isWord(path) ? 'words for people' : undefined),
  }),
];
