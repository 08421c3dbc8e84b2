/**
 * `op get`: one run of a tenant's work.
 */
import type { Command } from 'commander';
import { act } from '../action.ts';
import { OPERATION } from '../expected.ts';
import { operationLines } from '../operation-view.ts';
import { nameArgument } from '../option.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';

export function addOp(program: Command, around: Surroundings): void {
  program
    .command('op')
    .description('operations')
    .command('get')
    .description('one run: steps, attempts, errors, timings')
    .addArgument(nameArgument('<id>', 'such as op_acme_1'))
    .action(act(around, get));
}

async function get({ client, output }: Session, [id = '']: readonly string[]): Promise<void> {
  const answer = await client.send({
    method: 'GET',
    path: `/api/v1/operations/${encodeURIComponent(id)}`,
    expects: OPERATION,
  });
  output.result(answer.body, () => operationLines(answer.json, output.paint));
}
