/**
 * `tenant create` and `tenant plan`: a tenant, or what would become of it.
 */
import type { Command } from 'commander';
import { DEFAULT_WAIT, settle } from '../accepted.ts';
import { act, type Options, tenantPath, textOption } from '../action.ts';
import type { Answer } from '../client.ts';
import { ACCEPTED, PLAN, RECORD } from '../expected.ts';
import { Failure } from '../failure.ts';
import { readLimits } from '../input.ts';
import { dryRunOption, durationOption, filledOption, nameArgument } from '../option.ts';
import { planLines } from '../plan-view.ts';
import { refuseFailing } from '../refusal.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { plain } from '../text.ts';
import { fields, tenantSeen } from '../wire.ts';

const TIERS = 'free, starter, professional, enterprise or custom';
const DEFAULT_TIER = 'free';

export function addTenantCreate(tenant: Command, around: Surroundings): void {
  tenant
    .command('create')
    .description('create a tenant')
    .addArgument(nameArgument('<id>', 'letters, digits and inner hyphens'))
    .addOption(filledOption('--name <name>', 'its name (default: the id)'))
    .option('--tier <tier>', TIERS, DEFAULT_TIER)
    .option('--limits <file|json>', 'limits of the custom tier')
    .option('--wait', 'draw the resources as they come; ends well only when the tenant is complete')
    .addOption(durationOption('--timeout <duration>', 'how long to wait', DEFAULT_WAIT))
    .addOption(dryRunOption())
    .action(act(around, create));
  tenant
    .command('plan')
    .description('show what a new tenant, or another tier for an existing one, would change')
    .addArgument(nameArgument('<id>'))
    .option('--tier <tier>', `${TIERS} (default: the present tier, or ${DEFAULT_TIER})`)
    .addOption(filledOption('--name <name>', 'name of a new tenant (default: the id)'))
    .option('--limits <file|json>', 'limits of the custom tier')
    .action(act(around, plan));
}

async function create(session: Session, [id = '']: readonly string[], options: Options): Promise<void> {
  const body = await newTenant(session, id, options);
  if (options['dryRun'] === true) {
    const answer = await dryRun(session, '/api/v1/provision', body);
    showPlan(session, answer, `${plain(id)}, tier ${plain(body.tier)}`);
    return;
  }
  const answer = await session.client.send({ method: 'POST', path: '/api/v1/provision', body, expects: ACCEPTED });
  await settle(session, answer, options, { goal: 'completed', done: `${plain(id)} is being created` });
}

async function newTenant({ around }: Session, id: string, options: Options) {
  const limits = textOption(options, 'limits');
  return {
    ...namedTenant(id, options),
    ...(limits === undefined ? {} : { limits: await readLimits(limits, around) }),
  };
}

const namedTenant = (id: string, options: Options) => ({
  tenant_id: id,
  tenant_name: textOption(options, 'name') ?? id,
  tier: textOption(options, 'tier') ?? DEFAULT_TIER,
});

const dryRun = ({ client }: Session, path: string, body: unknown): Promise<Answer> =>
  client.send({ method: 'POST', path, query: { dry_run: 'true' }, body, expects: PLAN });

function showPlan({ output }: Session, answer: Answer, title: string): void {
  output.result(answer.body, () => planLines(title, answer.json, output.paint));
  refuseFailing(fields(answer.json)['actions']);
}

async function plan(session: Session, [id = '']: readonly string[], options: Options): Promise<void> {
  const given = textOption(options, 'limits');
  const limits = given === undefined ? {} : { limits: await readLimits(given, session.around) };
  const found = await presentTenant(session, id);
  if (found === undefined || found.status === 'deleted') {
    const body = { ...namedTenant(id, options), ...limits };
    const answer = await dryRun(session, '/api/v1/provision', body);
    showPlan(session, answer, `${plain(id)}, a new tenant, tier ${plain(body.tier)}`);
    return;
  }
  const tier = textOption(options, 'tier') ?? found.tier;
  const body = { tier, ...limits };
  const answer = await dryRun(session, tenantPath(id, '/tier'), body);
  const change = tier.toLowerCase() === found.tier ? `tier ${found.tier}` : `tier ${found.tier} -> ${plain(tier)}`;
  showPlan(session, answer, `${found.id}, ${change}`);
}

async function presentTenant({ client }: Session, id: string) {
  try {
    return tenantSeen((await client.send({ method: 'GET', path: tenantPath(id), expects: RECORD })).json);
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return undefined;
    throw error;
  }
}
