/** G1, G2: a graph is told to be unsound as a whole, and is walked one way or the other. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { node } from '../test/stage.ts';
import { edgesOf, graphProblems, nodeId } from './graph.ts';

test('the main part of a kind has the kind’s own name', () => {
  expect([nodeId('bucket', 'main'), nodeId('bucket', 'logs')]).toEqual(['bucket', 'bucket.logs']);
});

test('G1: all problems are told at once, with the names of those who have them', () => {
  expect(graphProblems([node('a', ['x']), node('a'), node('b', ['a', 'y'])])).toEqual([
    'a is named twice',
    'a depends on x, which is not there',
    'b depends on y, which is not there',
  ]);
});

test('G1: a circle is told with its members and what hangs on them, however long it is, and of one alone too', () => {
  const circle = [node('a', ['c']), node('b', ['a']), node('c', ['b']), node('d', ['b']), node('free')];
  expect(graphProblems(circle)).toEqual(['these depend on each other in a circle: a, b, c, d']);
  expect(graphProblems([node('a', ['a'])])).toEqual(['these depend on each other in a circle: a']);
});

test('G1: a circle is told beside what else is wrong', () => {
  expect(graphProblems([node('a', ['b', 'x']), node('b', ['a']), node('c'), node('c')])).toEqual([
    'c is named twice',
    'a depends on x, which is not there',
    'these depend on each other in a circle: a, b',
  ]);
});

test('G1: edges that lead back to earlier nodes only are sound in whatever order the nodes are named', () => {
  const sound = fc
    .integer({ min: 1, max: 12 })
    .chain((size) =>
      fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }).map((edges) => ({ size, edges })),
    )
    .chain(({ size, edges }) => {
      const nodes = Array.from({ length: size }, (_, at) =>
        node(`n${at}`, [...new Set(edges.filter(([from, to]) => from === at && to < at).map(([, to]) => `n${to}`))]),
      );
      return fc.shuffledSubarray(nodes, { minLength: size });
    });
  fc.assert(
    fc.property(sound, (nodes) => {
      expect(graphProblems(nodes)).toEqual([]);
    }),
  );
});

test('G2: building waits for what is depended on, taking down for all dependants, access for nobody', () => {
  const graph = [node('a'), node('b', ['a']), node('c', ['a', 'b'])];
  expect(Object.fromEntries(edgesOf(graph, 'converge'))).toEqual({ a: [], b: ['a'], c: ['a', 'b'] });
  expect(Object.fromEntries(edgesOf(graph, 'remove'))).toEqual({ a: ['b', 'c'], b: ['c'], c: [] });
  expect(edgesOf(graph, 'access').size).toBe(0);
});
