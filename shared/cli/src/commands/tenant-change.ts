/**
 * `tenant tier`, `restore`, `suspend`, `resume`, `protect`, `unprotect`, `reconcile`: one request each, and a wait where the
 * request starts work.
 */
import type { Command } from 'commander';
import { DEFAULT_WAIT, settle } from '../accepted.ts';
import { act, type Options, tenantPath, textOption } from '../action.ts';
import { ACCEPTED, PLAN, RECORD } from '../expected.ts';
import { readLimits } from '../input.ts';
import { dryRunOption, durationOption, filledOption, nameArgument } from '../option.ts';
import { planLines } from '../plan-view.ts';
import { refuseFailing } from '../refusal.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { plain } from '../text.ts';
import type { Goal } from '../verdict.ts';
import { fields, tenantSeen } from '../wire.ts';

interface Turn {
  readonly verb: string;
  readonly summary: string;
  readonly goal: Goal;
  readonly done: string;
}

const TURNS: readonly Turn[] = [
  {
    verb: 'restore',
    summary: 'take a deletion back within its grace',
    // What was suspended before is suspended again.
    goal: 'settled',
    done: 'is being restored',
  },
  {
    verb: 'suspend',
    summary: 'withdraw access and keep all data',
    goal: 'suspended',
    done: 'is being suspended',
  },
  { verb: 'resume', summary: 'give access back', goal: 'completed', done: 'is being resumed' },
];

export function addTenantChange(tenant: Command, around: Surroundings): void {
  withWait(
    tenant
      .command('tier')
      .description('change the tier')
      .addArgument(nameArgument('<id>'))
      .addArgument(nameArgument('<tier>')),
  )
    .option('--limits <file|json>', 'limits of the custom tier')
    .addOption(dryRunOption())
    .action(act(around, tier));
  for (const turn of TURNS)
    withWait(tenant.command(turn.verb).description(turn.summary).addArgument(nameArgument('<id>'))).action(
      act(around, async (session, [id = ''], options) => {
        const answer = await session.client.send({
          method: 'POST',
          path: tenantPath(id, `/${turn.verb}`),
          expects: ACCEPTED,
        });
        await settle(session, answer, options, { goal: turn.goal, done: `${plain(id)} ${turn.done}` });
      }),
    );
  withWait(
    tenant
      .command('reconcile')
      .description('look at everything again and repair it now')
      .addArgument(nameArgument('<id>')),
  )
    .option('--accept-data-loss', 'make lost objects that held data anew, empty')
    .option('--accept-weakening', 'make also what destroys or weakens (see NeedsConsent)')
    .addOption(filledOption('--reason <text>', 'why, for the audit'))
    .action(act(around, reconcile));
  for (const [verb, summary] of [
    ['protect', 'refuse deletions of this tenant'],
    ['unprotect', 'allow deletions of this tenant'],
  ] as const)
    tenant
      .command(verb)
      .description(summary)
      .addArgument(nameArgument('<id>'))
      .action(act(around, (session, [id = '']) => protect(session, id, verb === 'protect')));
}

const withWait = (command: Command): Command =>
  command
    .option('--wait', 'wait for the end')
    .addOption(durationOption('--timeout <duration>', 'how long to wait', DEFAULT_WAIT));

async function tier(session: Session, [id = '', name = '']: readonly string[], options: Options): Promise<void> {
  const limits = textOption(options, 'limits');
  const body = { tier: name, ...(limits === undefined ? {} : { limits: await readLimits(limits, session.around) }) };
  const request = { method: 'POST', path: tenantPath(id, '/tier'), body } as const;
  if (options['dryRun'] === true) {
    const planned = await session.client.send({ ...request, query: { dry_run: 'true' }, expects: PLAN });
    const title = `${plain(id)}, tier ${plain(name)}`;
    session.output.result(planned.body, () => planLines(title, planned.json, session.output.paint));
    refuseFailing(fields(planned.json)['actions']);
    return;
  }
  const answer = await session.client.send({ ...request, expects: ACCEPTED });
  await settle(session, answer, options, { goal: 'completed', done: `${plain(id)} moves to ${plain(name)}` });
}

async function reconcile(session: Session, [id = '']: readonly string[], options: Options): Promise<void> {
  const reason = textOption(options, 'reason');
  const body = {
    accept_data_loss: options['acceptDataLoss'] === true,
    // An older server does not know the word.
    ...(options['acceptWeakening'] === true ? { accept_weakening: true } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
  const answer = await session.client.send({
    method: 'POST',
    path: tenantPath(id, '/reconcile'),
    body,
    expects: ACCEPTED,
  });
  await settle(session, answer, options, { goal: 'completed', done: `${plain(id)} is being looked at` });
}

async function protect({ client, output }: Session, id: string, wanted: boolean): Promise<void> {
  const body = { protected: wanted };
  const answer = await client.send({ method: 'PUT', path: tenantPath(id, '/protection'), body, expects: RECORD });
  const { isProtected } = tenantSeen(answer.json);
  output.result(answer.body, () => [`${plain(id)} is ${isProtected ? 'protected' : 'not protected'}`]);
}
