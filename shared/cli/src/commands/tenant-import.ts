/**
 * `tenant import`: tenants that exist on the backends and not in the ledger; one of them taken over, on an operator's word.
 *
 * 1. Without `--yes` nothing is changed: the plan is shown, and what to say next.
 */
import { bound } from '@leasehold/kernel';
import type { Command } from 'commander';
import { DEFAULT_WAIT, settle } from '../accepted.ts';
import { act, numberOption, type Options, textOption } from '../action.ts';
import { ACCEPTED, PLAN } from '../expected.ts';
import { usage } from '../failure.ts';
import { importTable } from '../import-view.ts';
import { readLimits } from '../input.ts';
import { durationOption, filledOption, nameArgument, wholeOption } from '../option.ts';
import { readPages } from '../pages.ts';
import { planLines } from '../plan-view.ts';
import { refuseFailing } from '../refusal.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { plain } from '../text.ts';
import { fields, text } from '../wire.ts';

const PATH = '/api/v1/import';
const PAGE = bound('tenants to import shown without --all', 50);

export function addTenantImport(tenant: Command, around: Surroundings): void {
  tenant
    .command('import')
    .description('tenants that exist on the backends and not here; with an id: the plan of taking it over')
    .addArgument(nameArgument('[id]', 'without: list them'))
    .option('--yes', 'take it over: adopt what exists, bring it to what its tier gets')
    .addOption(
      wholeOption('--generation <n>', 'the generation in the marks that are found, where the ledger has lost it'),
    )
    .option('--remake', 'make anew, empty, what holds no data and is unfit to be adopted (caches)')
    .addOption(
      filledOption('--name <name>', 'its name (default: as the ledger or what is found tells it, else the id)'),
    )
    .option('--tier <tier>', 'its tier (default: as the ledger or what is found tells it, else free)')
    .option('--limits <file|json>', 'limits of the custom tier')
    .option('--wait', 'draw the resources as they come; ends well only when the tenant is complete')
    .addOption(durationOption('--timeout <duration>', 'how long to wait', DEFAULT_WAIT))
    .option('--all', `list all, not the first ${PAGE.value}`)
    .action(act(around, importTenant));
}

async function importTenant(session: Session, [id]: readonly string[], options: Options): Promise<void> {
  checkCombination(id, options);
  if (id === undefined) return list(session, options);
  const limits = textOption(options, 'limits');
  const generation = numberOption(options, 'generation');
  const [name, tier] = [textOption(options, 'name'), textOption(options, 'tier')];
  const body = {
    tenant_id: id,
    ...(name === undefined ? {} : { tenant_name: name }),
    ...(tier === undefined ? {} : { tier }),
    ...(options['remake'] === true ? { remake: true } : {}),
    ...(generation === undefined ? {} : { generation }),
    ...(limits === undefined ? {} : { limits: await readLimits(limits, session.around) }),
  };
  if (options['yes'] !== true) return plan(session, body);
  const answer = await session.client.send({ method: 'POST', path: PATH, body, expects: ACCEPTED });
  await settle(session, answer, options, { goal: 'completed', done: `${plain(id)} is being taken over` });
}

const OF_ONE = ['yes', 'remake', 'generation', 'name', 'tier', 'limits', 'wait'];

/** What would be left unheard is told, rather than something else done than was asked for. */
function checkCombination(id: string | undefined, options: Options): void {
  const given = OF_ONE.find((name) => options[name] !== undefined);
  if (id === undefined && given !== undefined) throw usage(`--${given} is about one tenant: name it`);
  if (id !== undefined && options['all'] === true) throw usage('--all lists tenants: leave the id out');
  if (options['wait'] === true && options['yes'] !== true) throw usage('--wait waits for the taking over: add --yes');
}

async function list({ client, output }: Session, options: Options): Promise<void> {
  const pages = await readPages(client, PATH, {}, { all: options['all'] === true, limit: PAGE });
  output.result(pages.body, () =>
    pages.items.length === 0 ? ['every tenant on the backends is known'] : importTable(pages.items, output.paint),
  );
  if (pages.more) output.advice('There are more: add --all.');
}

async function plan({ client, output }: Session, body: { readonly tenant_id: string }): Promise<void> {
  const answer = await client.send({ method: 'POST', path: PATH, query: { dry_run: 'true' }, body, expects: PLAN });
  const { tenant_name, tier } = fields(answer.json);
  const title = `${plain(body.tenant_id)}, taken over as ${JSON.stringify(text(tenant_name))}, tier ${text(tier)}`;
  output.result(answer.body, () => planLines(title, answer.json, output.paint));
  refuseFailing(fields(answer.json)['actions']);
  output.advice('To do it, say the same with --yes.');
}
