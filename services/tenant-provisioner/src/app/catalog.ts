/**
 * The tiers: one YAML file each, read and checked at start. What ships is in `blueprints/`; an operator's folder
 * (`BLUEPRINT_DIR`) replaces it file by file.
 *
 * B1. Every problem of every file is told at once, with file, place, what was given and what is expected; nothing starts
 *     with a bad file.
 * B2. A name is no setting: files say which kinds and parts, the contract says how they are called.
 * B3. Limits that a backend cannot take are the asker's fault, not ours: the file was checked, the limits came with a request.
 * B4. A blueprint is named by the digest of what it makes of a tenant: file, defaults and the platform's own settings together.
 *     So two processes that would make different things of one file know that they do.
 */
import {
  isResourceKind,
  type Limits,
  limitsSchema,
  partsOf,
  type ResourceKind,
  resourceName,
  TIERS,
  type Tier,
} from '@leasehold/contracts';
import {
  blueprintResourcesSchema,
  type GraphNode,
  instantiateGraph,
  type Naming,
  type Provider,
  resourceProblems,
} from '@leasehold/engine';
import { digest, invalid } from '@leasehold/kernel';
import { z } from 'zod';
import type { TierFacts } from '../domain/draft.ts';
import { platformSettings } from './platform-settings.ts';

const HOUR_MS = 3_600_000;
const TENANT_TOPICS_MAX = 64;

const tierFileSchema = z.strictObject({
  tier: z.enum(TIERS),
  limits: limitsSchema.nullable(),
  priority: z.int().min(0).max(100),
  burst: z
    .strictObject({ cpu_cores: z.number().min(0), memory_gb: z.number().min(0), duration_hours: z.number().min(0) })
    .nullable(),
  deletion: z.strictObject({
    grace_hours: z
      .number()
      .min(0)
      .max(24 * 365),
    protected: z.boolean(),
  }),
  tenant_topics: z.array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,100}$/)).max(TENANT_TOPICS_MAX),
  resources: blueprintResourcesSchema,
});
export type TierFile = z.infer<typeof tierFileSchema>;

export interface BlueprintFile {
  /** As it is called in messages. */
  readonly name: string;
  /** What the YAML parser made of it, or why it could not. */
  readonly content:
    | { readonly kind: 'parsed'; readonly value: unknown }
    | { readonly kind: 'unreadable'; readonly message: string };
}

/** What a tier file makes of tenants, by its name (B4). */
export interface Blueprint {
  readonly tier: Tier;
  readonly digest: string;
  readonly limits: Limits | null;
  readonly file: TierFile;
  graph(limits: Limits, tenantId: string): readonly GraphNode[];
}

export interface Catalog {
  facts(tier: Tier): TierFacts;
  file(tier: Tier): TierFile;
  blueprint(tier: Tier): Blueprint;
  /** Of a tier file that was carried here as JSON; undefined: it is none in this process. */
  read(file: unknown): Blueprint | undefined;
  graph(tier: Tier, limits: Limits, tenantId: string): readonly GraphNode[];
}

export interface CatalogOptions {
  readonly files: readonly BlueprintFile[];
  readonly providers: ReadonlyMap<string, Provider>;
  readonly pulsarTenant: string;
  /** Roles of the platform's services that may publish and consume on tenants' topics. */
  readonly platformRoles: readonly string[];
  /** Services that are installed: each has its subscription on the tenant topics that it consumes. */
  readonly services: readonly string[];
}

/** Stands for the limits of the custom tier while its file is checked: those come with each request (B3). */
const NOMINAL: Limits = {
  cpu_cores: 1,
  memory_gb: 1,
  storage_gb: 1,
  max_pods: 1,
  max_services: 1,
  gpu_count: 0,
  monthly_cost_usd: null,
};

const naming = (pulsarTenant: string): Naming => ({
  isKind: isResourceKind,
  partsOf: (kind) => partsOf(kind as ResourceKind),
  nameOf: (kind, part, tenantId) => resourceName(kind as ResourceKind, part, tenantId, pulsarTenant),
});

/** @throws Fault `Invalid` (code `BadBlueprint`) that names every problem of every file. */
export function createCatalog(options: CatalogOptions): Catalog {
  const problems: string[] = [];
  const tiers = new Map<Tier, TierFile>();
  for (const file of options.files) {
    const parsed = checkFile(file, options, problems);
    if (!parsed) continue;
    if (tiers.has(parsed.tier)) problems.push(`${file.name}: /tier: there is another file for ${parsed.tier}`);
    tiers.set(parsed.tier, parsed);
  }
  if (problems.length === 0)
    for (const tier of TIERS) if (!tiers.has(tier)) problems.push(`no file for the tier ${tier}`);
  if (problems.length > 0)
    throw invalid(
      `the tier files have ${problems.length} problem(s):\n${problems.map((line) => `  ${line}`).join('\n')}`,
      {
        code: 'BadBlueprint',
      },
    );
  const file = (tier: Tier): TierFile => tiers.get(tier) as TierFile;
  const blueprints = new Map([...tiers].map(([tier, each]) => [tier, blueprintOf(each, options)]));
  const blueprint = (tier: Tier): Blueprint => blueprints.get(tier) as Blueprint;
  return {
    file,
    blueprint,
    read: (value) => {
      const parsed = checkFile({ name: 'carried', content: { kind: 'parsed', value } }, options, []);
      return parsed && blueprintOf(parsed, options);
    },
    facts: (tier) => {
      const { limits, deletion } = file(tier);
      const { digest: name } = blueprint(tier);
      return { limits, protected: deletion.protected, graceMs: deletion.grace_hours * HOUR_MS, blueprint: name };
    },
    graph: (tier, limits, tenantId) => graphOf(file(tier), limits, tenantId, options),
  };
}

const DIGEST_DIGITS = 16;

/** B4. */
function blueprintOf(file: TierFile, options: CatalogOptions): Blueprint {
  const { tier, limits } = file;
  const graph: Blueprint['graph'] = (given, tenantId) => graphOf(file, given, tenantId, options);
  const made = graph(limits ?? NOMINAL, 'blueprint');
  return { tier, limits, file, graph, digest: digest([tier, limits, made]).slice(0, DIGEST_DIGITS) };
}

/** B3. @throws Fault `Invalid` (code `BadLimits`) */
function graphOf(file: TierFile, limits: Limits, tenantId: string, options: CatalogOptions): readonly GraphNode[] {
  const { pulsarTenant, providers } = options;
  try {
    return instantiateGraph(file.resources, tenantId, naming(pulsarTenant), providers, (kind, part) =>
      platformSettings(kind, part, { limits, topics: file.tenant_topics, ...options }),
    );
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const problems = error.issues.map(({ path, message }) => `/${path.map(String).join('/')}: ${message}`);
    throw invalid(`these limits make no tier ${file.tier}: ${problems.join('; ')}`, {
      code: 'BadLimits',
      cause: error,
    });
  }
}

function checkFile(file: BlueprintFile, options: CatalogOptions, problems: string[]): TierFile | undefined {
  if (file.content.kind === 'unreadable') {
    problems.push(`${file.name}: ${file.content.message}`);
    return undefined;
  }
  const result = tierFileSchema.safeParse(file.content.value, { reportInput: true });
  if (!result.success) {
    for (const issue of result.error.issues) {
      const received = issue.input === undefined ? '' : `, got ${JSON.stringify(issue.input)?.slice(0, 100)}`;
      problems.push(`${file.name}: /${issue.path.map(String).join('/')}: ${issue.message}${received}`);
    }
    return undefined;
  }
  const { data } = result;
  const { resources, tenant_topics: topics, limits } = data;
  const whole = resources.map((resource) => {
    const given = platformSettings(resource.kind, resource.part, { limits: limits ?? NOMINAL, topics, ...options });
    return { ...resource, spec: { ...given, ...resource.spec } };
  });
  for (const { pointer, message } of resourceProblems(whole, naming(options.pulsarTenant), options.providers))
    problems.push(`${file.name}: ${pointer}: ${message}`);
  if (data.tier !== 'custom' && data.limits === null)
    problems.push(`${file.name}: /limits: only the custom tier takes its limits from the request`);
  if (data.tier === 'custom' && data.limits !== null)
    problems.push(`${file.name}: /limits: must be null, the custom tier takes its limits from the request`);
  return data;
}
