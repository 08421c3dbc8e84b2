/**
 * The graph of what a tenant should own: nodes, their specs, and which must be there before which.
 *
 * G1. A graph is checked as a whole before it is used: unknown dependencies, doubled ids and cycles are all told at once.
 * G2. Deletion walks the same edges backwards: dependants first. Access walks none: withdrawing it waits for nobody.
 */
export interface GraphNode {
  /** Unique in the graph: `<kind>` or `<kind>.<part>`. */
  readonly id: string;
  readonly kind: string;
  readonly part: string;
  readonly name: string;
  /** What the provider's schema made of the blueprint's settings. */
  readonly spec: unknown;
  readonly dependsOn: readonly string[];
  /** The blueprint allows remaking it empty after its data was lost. */
  readonly remakeWhenLost: boolean;
}

export const nodeId = (kind: string, part: string): string => (part === 'main' ? kind : `${kind}.${part}`);

/** Every problem of a graph, in sentences; empty if it is sound. */
export function graphProblems(nodes: readonly Pick<GraphNode, 'id' | 'dependsOn'>[]): readonly string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  for (const node of nodes) {
    if (ids.has(node.id)) problems.push(`${node.id} is named twice`);
    ids.add(node.id);
  }
  for (const node of nodes)
    for (const dependency of node.dependsOn)
      if (!ids.has(dependency)) problems.push(`${node.id} depends on ${dependency}, which is not there`);
  const stuck = unsorted(nodes);
  if (stuck.length > 0) problems.push(`these depend on each other in a circle: ${stuck.join(', ')}`);
  return problems;
}

/** What Kahn's algorithm cannot order: the members of cycles and what hangs on them. */
function unsorted(nodes: readonly Pick<GraphNode, 'id' | 'dependsOn'>[]): readonly string[] {
  const left = new Map(nodes.map((node) => [node.id, node.dependsOn]));
  for (let moved = true; moved; ) {
    moved = false;
    for (const [id, dependsOn] of left)
      if (!dependsOn.some((dependency) => left.has(dependency))) {
        left.delete(id);
        moved = true;
      }
  }
  return [...left.keys()];
}

/** G2: the edges to wait for, by node: the graph's own for building up, turned round for taking down, none for access. */
export function edgesOf(
  nodes: readonly GraphNode[],
  goal: 'converge' | 'access' | 'remove',
): ReadonlyMap<string, readonly string[]> {
  if (goal === 'access') return new Map();
  if (goal === 'converge') return new Map(nodes.map((node) => [node.id, node.dependsOn]));
  return new Map(
    nodes.map((node) => [node.id, nodes.filter((other) => other.dependsOn.includes(node.id)).map(({ id }) => id)]),
  );
}
