/**
 * `control get` and `control set`: the switches for maintenance and for stopping a mistake.
 *
 * 1. What is not named stays as it is; naming nothing is a mistake, not a request.
 */
import type { Command } from 'commander';
import { act, type Options, textOption } from '../action.ts';
import { CONTROL } from '../expected.ts';
import { usage } from '../failure.ts';
import { stateOption } from '../option.ts';
import { controlLines } from '../record-view.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';

const PATH = '/api/v1/control';

export function addControl(program: Command, around: Surroundings): void {
  const control = program.command('control').description('switches for maintenance and for stopping a mistake');
  control.command('get').description('read the switches').action(act(around, get));
  control
    .command('set')
    .description('pause or resume')
    .addOption(stateOption('--reconcile <state>', 'running or paused'))
    .addOption(stateOption('--deletions <state>', 'running or paused; running also opens the brake on mass deletion'))
    .option('--backend <name=state...>', 'one backend, such as minio=paused; may be given several times')
    .action(act(around, set));
}

async function get({ client, output }: Session): Promise<void> {
  const answer = await client.send({ method: 'GET', path: PATH, expects: CONTROL });
  output.result(answer.body, () => controlLines(answer.json, output.paint));
}

async function set({ client, output }: Session, _args: readonly string[], options: Options): Promise<void> {
  const body = {
    ...switchOf(options, 'reconcile'),
    ...switchOf(options, 'deletions'),
    ...backendsOf(options['backend']),
  };
  if (Object.keys(body).length === 0) throw usage('nothing to set: give --reconcile, --deletions or --backend');
  const answer = await client.send({ method: 'PUT', path: PATH, body, expects: CONTROL });
  output.result(answer.body, () => controlLines(answer.json, output.paint));
}

function switchOf(options: Options, name: 'reconcile' | 'deletions'): Readonly<Record<string, string>> {
  const value = textOption(options, name);
  return value === undefined ? {} : { [name]: value };
}

function backendsOf(given: Options[string]): { readonly backends?: Readonly<Record<string, string>> } {
  if (!Array.isArray(given)) return {};
  const pairs = (given as readonly string[]).map((pair) => {
    const [, name, state] = /^([^=]+)=(running|paused)$/.exec(pair) ?? [];
    if (name === undefined || state === undefined)
      throw usage(`--backend expects name=paused or name=running, got ${JSON.stringify(pair)}`);
    return [name, state] as const;
  });
  return { backends: Object.fromEntries(pairs) };
}
