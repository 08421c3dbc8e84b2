/**
 * A blueprint: the resources and settings that a tier gets, as an operator writes them in a file. Checked at start as a
 * whole; turned into a tenant's graph by giving names and by letting each provider's schema fill in its defaults.
 *
 * B1. Every problem of a file is told at once, with the place in the file and the received value.
 * B2. A tenant keeps the graph that was made for it: changing a file changes no tenant by itself.
 */
import { digest } from '@leasehold/kernel';
import { z } from 'zod';
import { type GraphNode, graphProblems, nodeId } from './graph.ts';
import type { Provider } from './provider.ts';

export const blueprintResourceSchema = z.strictObject({
  kind: z.string(),
  part: z.string().default('main'),
  depends_on: z.array(z.string()).max(64).default([]),
  remake_when_lost: z.boolean().default(false),
  spec: z.record(z.string(), z.unknown()).default({}),
});
export type BlueprintResource = z.infer<typeof blueprintResourceSchema>;

const BLUEPRINT_RESOURCES_MAX = 64;
export const blueprintResourcesSchema = z.array(blueprintResourceSchema).min(1).max(BLUEPRINT_RESOURCES_MAX);

export interface BlueprintProblem {
  /** JSON pointer into the file. */
  readonly pointer: string;
  readonly message: string;
}

export interface Naming {
  isKind(kind: string): boolean;
  partsOf(kind: string): readonly string[];
  nameOf(kind: string, part: string, tenantId: string): string;
}

/** What is wrong with the resources of a blueprint, apart from their shape. `schemas` by kind, for the kinds known here. */
export function resourceProblems(
  resources: readonly BlueprintResource[],
  naming: Naming,
  schemas: ReadonlyMap<string, Pick<Provider, 'spec'>>,
): readonly BlueprintProblem[] {
  const problems: BlueprintProblem[] = [];
  resources.forEach((resource, index) => {
    const at = `/resources/${index}`;
    if (!naming.isKind(resource.kind)) {
      problems.push({ pointer: `${at}/kind`, message: `unknown kind ${JSON.stringify(resource.kind)}` });
      return;
    }
    if (!naming.partsOf(resource.kind).includes(resource.part))
      problems.push({
        pointer: `${at}/part`,
        message: `${resource.kind} has no part ${JSON.stringify(resource.part)}; it has ${naming.partsOf(resource.kind).join(', ')}`,
      });
    const result = schemas.get(resource.kind)?.spec.safeParse(resource.spec);
    for (const issue of result?.error?.issues ?? [])
      problems.push({ pointer: `${at}/spec/${issue.path.map(String).join('/')}`, message: issue.message });
  });
  const nodes = resources.map((resource) => ({
    id: nodeId(resource.kind, resource.part),
    dependsOn: resource.depends_on,
  }));
  for (const message of graphProblems(nodes)) problems.push({ pointer: '/resources', message });
  return problems;
}

/**
 * The graph of one tenant. `settings` are merged into each node's spec by kind (what depends on the tenant or the platform
 * rather than on the file), after the file's own.
 */
export function instantiateGraph(
  resources: readonly BlueprintResource[],
  tenantId: string,
  naming: Naming,
  schemas: ReadonlyMap<string, Pick<Provider, 'spec'>>,
  settings: (kind: string, part: string) => Readonly<Record<string, unknown>>,
): readonly GraphNode[] {
  return resources.map((resource) => {
    const spec = { ...resource.spec, ...settings(resource.kind, resource.part) };
    const schema = schemas.get(resource.kind)?.spec;
    return {
      id: nodeId(resource.kind, resource.part),
      kind: resource.kind,
      part: resource.part,
      name: naming.nameOf(resource.kind, resource.part, tenantId),
      // A kind whose backend is not configured keeps its raw settings: they are checked once it is.
      spec: schema ? schema.parse(spec) : spec,
      dependsOn: resource.depends_on,
      remakeWhenLost: resource.remake_when_lost,
    };
  });
}

interface Digested {
  readonly generation: number;
  readonly tier: string;
  readonly digest: string;
}

/** Nodes are values that live as long as their tenant's graph, and are asked about at each look at it. */
const digested = new WeakMap<GraphNode, Digested>();

/** Names a version of a node's goal: the node is converged when it was last seen complete under this digest. */
export function goalDigest(node: GraphNode, ref: { readonly generation: number; readonly tier: string }): string {
  const { generation, tier } = ref;
  const known = digested.get(node);
  if (known?.generation === generation && known.tier === tier) return known.digest;
  const made: Digested = { generation, tier, digest: digest([node.name, node.spec, generation, tier]) };
  digested.set(node, made);
  return made.digest;
}
