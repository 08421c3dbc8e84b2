/**
 * `blueprint list`, `plan`, `rollout`, `rollouts`, `get`, `tenants`, `halt`, `resume`, `cancel`: what the tier files say, and
 * bringing tenants over to it in waves.
 *
 * 1. `plan` and `rollout --dry-run` are the same request; nothing else shows a plan.
 * 2. Waiting ends well only with a rollout that is completed; whoever stops waiting stops nothing.
 */
import { bound } from '@leasehold/kernel';
import type { Command } from 'commander';
import { waitMs } from '../accepted.ts';
import { act, numberOption, type Options } from '../action.ts';
import type { Answer } from '../client.ts';
import { formatDuration } from '../duration.ts';
import { LIST, ROLLOUT, ROLLOUT_PLAN } from '../expected.ts';
import { Failure, usage } from '../failure.ts';
import { dryRunOption, durationOption, nameArgument, wholeOption, wholesOption } from '../option.ts';
import { readPages } from '../pages.ts';
import { refuseFailing } from '../refusal.ts';
import {
  blueprintTable,
  rolloutLines,
  rolloutPlanLines,
  rolloutProgress,
  rolloutTable,
  rolloutTenantTable,
} from '../rollout-view.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { plain } from '../text.ts';
import { fields, items, text } from '../wire.ts';

const PATH = '/api/v1/rollouts';
const PAGE = bound('rollouts or tenants shown without --all', 50);
const LOOK_MS = bound('between two looks at a rollout ms', 1_000);
const DEFAULT_WAIT = '1h';
const OVER = ['completed', 'halted', 'cancelled'];

const one = (id: string, rest = ''): string => `${PATH}/${encodeURIComponent(id)}${rest}`;

export function addBlueprint(program: Command, around: Surroundings): void {
  const blueprint = program
    .command('blueprint')
    .description('what a tier’s file says, and bringing tenants over to it');
  blueprint
    .command('list')
    .description('each tier: its digest, and how many tenants are behind')
    .action(act(around, list));
  asking(blueprint.command('plan').description('what a rollout would do; touches nothing')).action(act(around, plan));
  withWait(asking(blueprint.command('rollout').description('bring tenants over, in waves that halt on failure')))
    .addOption(dryRunOption('watch'))
    .action(act(around, rollout));
  blueprint
    .command('rollouts')
    .description('list rollouts')
    .option('--all', `all, not the first ${PAGE.value}`)
    .action(act(around, rollouts));
  withWait(blueprint.command('get').description('how a rollout goes').addArgument(nameArgument('<id>'))).action(
    act(around, get),
  );
  blueprint
    .command('tenants')
    .description('what came of each tenant of a rollout, and why')
    .addArgument(nameArgument('<id>'))
    .option('--all', `all, not the first ${PAGE.value}`)
    .action(act(around, tenants));
  withWait(
    blueprint
      .command('resume')
      .description('go on with a halted rollout where it was')
      .addArgument(nameArgument('<id>')),
  )
    .option('--skip-failed', 'leave out those of the wave that failed, rather than try them again')
    .action(act(around, resume));
  for (const [verb, summary] of [
    ['halt', 'take nothing more; what was begun goes on'],
    ['cancel', 'end a rollout for good; what is done stays done'],
  ] as const)
    blueprint
      .command(verb)
      .description(summary)
      .addArgument(nameArgument('<id>'))
      .action(act(around, (session, [id = '']) => stop(session, id, verb)));
}

const withWait = (command: Command): Command =>
  command
    .option('--wait', 'wait for the end; ends well only when it is completed')
    .option('--watch', 'as --wait')
    .addOption(durationOption('--timeout <duration>', 'how long to wait', DEFAULT_WAIT));

const asking = (command: Command): Command =>
  command
    .addArgument(nameArgument('[tier]', 'default: every tier'))
    .addOption(wholesOption('--waves <sizes>', 'tenants of each wave, such as 1,5,20; the last goes on'))
    .addOption(wholeOption('--max-failures <count>', 'so many may fail; one more halts it (default: 0)'))
    .addOption(durationOption('--deadline <duration>', 'for each tenant (default: 10m)'))
    .addOption(
      durationOption('--pause <duration>', 'watch a wave that is done so long before the next (default: none)'),
    )
    .option('--delete', 'take down what the blueprint no longer names and holds no data')
    .option('--allow-data-loss', 'with --delete: also what holds data')
    .option('--include-failed', 'also tenants that had failed before');

async function list({ client, output }: Session): Promise<void> {
  const answer = await client.send({ method: 'GET', path: '/api/v1/blueprints', expects: LIST });
  output.result(answer.body, () => blueprintTable(items(fields(answer.json)['items']), output.paint));
}

function bodyOf(tier: string | undefined, options: Options): object {
  const seconds = (name: string, field: string): object => {
    const ms = numberOption(options, name);
    return ms === undefined ? {} : { [field]: Math.ceil(ms / 1000) };
  };
  if (options['allowDataLoss'] === true && options['delete'] !== true)
    throw usage('--allow-data-loss says what --delete may take down: add --delete');
  const waves = options['waves'];
  const failures = numberOption(options, 'maxFailures');
  return {
    ...(tier === undefined ? {} : { tier }),
    ...(waves === undefined ? {} : { waves }),
    ...(failures === undefined ? {} : { max_failures: failures }),
    ...seconds('deadline', 'deadline_seconds'),
    ...seconds('pause', 'pause_seconds'),
    ...(options['delete'] === true ? { removals: 'delete' } : {}),
    ...(options['allowDataLoss'] === true ? { allow_data_loss: true } : {}),
    ...(options['includeFailed'] === true ? { include_failed: true } : {}),
  };
}

async function plan({ client, output }: Session, [tier]: readonly string[], options: Options): Promise<void> {
  const answer = await client.send({
    method: 'POST',
    path: PATH,
    query: { dry_run: 'true' },
    body: bodyOf(tier, options),
    expects: ROLLOUT_PLAN,
  });
  output.result(answer.body, () => rolloutPlanLines(answer.json, output.paint));
  refuseFailing(fields(fields(answer.json)['canary'])['actions']);
}

async function rollout(session: Session, args: readonly string[], options: Options): Promise<void> {
  if (options['dryRun'] === true) {
    await plan(session, args, options);
    session.output.advice('To do it, say the same without --dry-run.');
    return;
  }
  const answer = await session.client.send({
    method: 'POST',
    path: PATH,
    body: bodyOf(args[0], options),
    expects: ROLLOUT,
  });
  await settle(session, answer, options);
}

async function rollouts({ client, output }: Session, _args: readonly string[], options: Options): Promise<void> {
  const pages = await readPages(client, PATH, {}, { all: options['all'] === true, limit: PAGE });
  output.result(pages.body, () =>
    pages.items.length === 0 ? ['no rollouts'] : rolloutTable(pages.items, output.paint),
  );
  if (pages.more) output.advice('There are more: add --all.');
}

async function tenants({ client, output }: Session, [id = '']: readonly string[], options: Options): Promise<void> {
  const pages = await readPages(client, one(id, '/tenants'), {}, { all: options['all'] === true, limit: PAGE });
  output.result(pages.body, () =>
    pages.items.length === 0 ? ['no tenant has come to an end yet'] : rolloutTenantTable(pages.items, output.paint),
  );
  if (pages.more) output.advice('There are more: add --all.');
}

async function get(session: Session, [id = '']: readonly string[], options: Options): Promise<void> {
  const answer = await session.client.send({ method: 'GET', path: one(id), expects: ROLLOUT });
  await settle(session, answer, options);
}

async function resume(session: Session, [id = '']: readonly string[], options: Options): Promise<void> {
  const body = { skip_failed: options['skipFailed'] === true };
  const answer = await session.client.send({ method: 'POST', path: one(id, '/resume'), body, expects: ROLLOUT });
  await settle(session, answer, options);
}

async function stop({ client, output }: Session, id: string, verb: 'halt' | 'cancel'): Promise<void> {
  const answer = await client.send({ method: 'POST', path: one(id, `/${verb}`), expects: ROLLOUT });
  output.result(answer.body, () => rolloutLines(answer.json, output.paint));
}

async function settle(session: Session, first: Answer, options: Options): Promise<void> {
  const { output } = session;
  const isWaiting = options['wait'] === true || options['watch'] === true;
  const answer = isWaiting ? await untilOver(session, first, waitMs(options)) : first;
  output.result(answer.body, () => rolloutLines(answer.json, output.paint));
  const seen = fields(answer.json);
  const id = text(seen['rollout_id'], '?');
  const state = text(seen['state']);
  if (!isWaiting) {
    if (!OVER.includes(state)) output.advice(`See it with \`leasehold blueprint get ${id} --watch\`.`);
    return;
  }
  if (state === 'completed') return;
  const why = text(items(seen['reasons']).at(-1)?.['message']);
  throw new Failure('failed', `the rollout ${id} is ${state}: ${why}`, {
    code: state,
    details: state === 'halted' ? [`\`leasehold blueprint resume ${id}\` goes on when it is mended.`] : [],
  });
}

/** 2. */
async function untilOver({ client, output, around }: Session, first: Answer, timeoutMs: number): Promise<Answer> {
  const id = text(fields(first.json)['rollout_id'], '?');
  const untilMs = around.clock.now() + timeoutMs;
  let answer = first;
  let told = '';
  for (;;) {
    const seen = fields(answer.json);
    const line = rolloutProgress(seen);
    if (line !== told) output.progress(line);
    told = line;
    if (OVER.includes(text(seen['state']))) return answer;
    if (around.clock.now() >= untilMs) throw left(id, 'timeout', `not over after ${formatDuration(timeoutMs)}`);
    await around.clock.sleep(LOOK_MS.value, around.interrupted).catch(() => {
      throw left(id, 'interrupted', 'stopped waiting');
    });
    answer = await client.send({ method: 'GET', path: one(id), expects: ROLLOUT });
  }
}

const left = (id: string, exit: 'timeout' | 'interrupted', what: string): Failure =>
  new Failure(exit, `${what}; the rollout goes on`, {
    code: exit,
    details: [`\`leasehold blueprint get ${plain(id)} --watch\` shows it again.`],
  });
