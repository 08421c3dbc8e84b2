/**
 * `doctor`: everything that has to be right between a person and the server, each line with what to do.
 *
 * 1. It looks at all it can, whatever fails on the way; it changes nothing.
 * 2. It ends well only without a failure: 3 where the server is not reached, else 1.
 */
import type { Command } from 'commander';
import { act } from '../action.ts';
import { findingLines } from '../doctor/finding.ts';
import { checkDataDir, checkNode, checkProxy, checkTokenClaims, checkTokenPlace } from '../doctor/local.ts';
import { checkServer } from '../doctor/server.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { readToken, type TokenSource, tokenSource } from '../settings.ts';
import type { Surroundings } from '../surroundings.ts';
import { readVersion } from '../version.ts';

export function addDoctor(program: Command, around: Surroundings): void {
  program
    .command('doctor')
    .description('check the way to the server and the server itself')
    .action(act(around, doctor));
}

async function doctor({ client, output, around, options, env }: Session): Promise<void> {
  const source = tokenSource(options.token, env, around.cwd);
  const token = presentToken(source);
  const local = [
    checkNode(around.nodeVersion, env['LEASEHOLD_LAUNCHED_FROM']),
    checkDataDir(env, around.cwd),
    checkTokenPlace(source),
    ...(token === undefined ? [] : [checkTokenClaims(token, around.clock.now())]),
    checkProxy(env, client.url),
  ];
  const server = await checkServer(client, around, readVersion());
  const findings = [...local, ...server];
  output.result(JSON.stringify({ findings }), () => findingLines(findings, output.paint));
  const failed = findings.filter(({ level }) => level === 'fail');
  if (failed.length === 0) return;
  const isAway = server.some(({ name, level }) => name === 'server' && level === 'fail');
  throw new Failure(isAway ? 'unreachable' : 'failed', 'see above', { code: 'told' });
}

function presentToken(source: TokenSource): string | undefined {
  try {
    return readToken(source);
  } catch {
    return undefined;
  }
}
