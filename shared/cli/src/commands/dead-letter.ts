/**
 * `dead-letter list`, `get`, `redrive`: messages that could not be handled.
 */
import { bound } from '@leasehold/kernel';
import { type Command, Option } from 'commander';
import { act, type Options, textOption } from '../action.ts';
import { LETTER, REDRIVEN } from '../expected.ts';
import { Failure } from '../failure.ts';
import { filledOption, instantOption, nameArgument } from '../option.ts';
import { readPages } from '../pages.ts';
import { letterLines, letterTable } from '../record-view.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Fields, fields, maybeText, text } from '../wire.ts';

const PAGE = bound('dead letters shown without --all', 50);
const STATES = ['open', 'waiting', 'solved'];
/** What a server of an earlier release says of a redrive that was taken. */
const TAKEN: readonly string[] = ['applied', 'repeat', 'dropped', 'waiting', 'held'];

const isTaken = (result: Fields): boolean => {
  const state = maybeText(result['state']);
  return state === undefined ? TAKEN.includes(text(result['outcome'])) : state !== 'open';
};

const letterPath = (id: string): string => `/api/v1/dead-letters/${encodeURIComponent(id)}`;

export function addDeadLetter(program: Command, around: Surroundings): void {
  const letters = program.command('dead-letter').description('messages that could not be handled');
  letters
    .command('list')
    .description('newest first, by when they died')
    .addOption(filledOption('--topic <topic>', 'only of this topic, or of topics whose name ends so'))
    .addOption(filledOption('--code <code>', 'only with this error code'))
    .addOption(filledOption('--tenant <id>', 'only what names this tenant'))
    .addOption(new Option('--state <state>', 'only such').choices(STATES))
    .addOption(instantOption('--since <time>', 'none that died before, such as 2026-01-31 or 2026-01-31T12:00:00Z'))
    .option('--all', `all of them, not the first ${PAGE.value}`)
    .action(act(around, list));
  letters
    .command('get')
    .description('one letter with its original message')
    .addArgument(nameArgument('<id>'))
    .action(act(around, get));
  letters
    .command('redrive')
    .description('hand a letter to the service again')
    .addArgument(nameArgument('<id>'))
    .addOption(filledOption('--reason <reason>', 'why, for the record').makeOptionMandatory())
    .action(act(around, redrive));
}

async function list({ client, output }: Session, _args: readonly string[], options: Options): Promise<void> {
  const query = {
    topic: textOption(options, 'topic'),
    code: textOption(options, 'code'),
    tenant_id: textOption(options, 'tenant'),
    state: textOption(options, 'state'),
    since: textOption(options, 'since'),
  };
  const pages = await readPages(client, '/api/v1/dead-letters', query, { all: options['all'] === true, limit: PAGE });
  output.result(pages.body, () =>
    pages.items.length === 0 ? ['no dead letters'] : letterTable(pages.items, output.paint),
  );
  if (pages.more) output.advice('There are more: add --all.');
}

async function get({ client, output }: Session, [id = '']: readonly string[]): Promise<void> {
  const answer = await client.send({ method: 'GET', path: letterPath(id), expects: LETTER });
  output.result(answer.body, () => letterLines(answer.json, output.paint));
}

async function redrive({ client, output }: Session, [id = '']: readonly string[], options: Options): Promise<void> {
  const body = { reason: textOption(options, 'reason') };
  const answer = await client.send({ method: 'POST', path: `${letterPath(id)}/redrive`, body, expects: REDRIVEN });
  const result = fields(answer.json);
  const detail = maybeText(result['detail']);
  output.result(answer.body, () => [
    `${text(result['id'], id)}: ${text(result['outcome'])}${detail === undefined ? '' : `, ${detail}`}`,
  ]);
  const why = `${text(result['outcome'])}${detail === undefined ? '' : `: ${detail}`}`;
  if (!isTaken(result))
    throw new Failure('failed', `it failed again (${why}); it stays open`, { code: 'redrive-failed' });
  if (text(result['state']) === 'waiting')
    output.advice('It waits for its tenant, or for the brake; if it dies again, it is open again.');
}
