/**
 * What every command is handed: the way to the server and the way to the person, made from the global options.
 */
import { type Client, createClient } from './client.ts';
import { createOutput, type Output } from './output.ts';
import { readToken, serverUrl, tokenSource, withEnvFile } from './settings.ts';
import type { Environment, Surroundings } from './surroundings.ts';

export interface GlobalOptions {
  readonly url?: string;
  readonly token?: string;
  readonly output: 'text' | 'json';
  readonly color: boolean;
  readonly quiet: boolean;
}

export interface Session {
  readonly client: Client;
  readonly output: Output;
  readonly around: Surroundings;
  readonly options: GlobalOptions;
  /** With what `.env` adds. */
  readonly env: Environment;
}

export const outputOf = (options: GlobalOptions, around: Surroundings): Output =>
  createOutput({ format: options.output, colour: options.color, quiet: options.quiet }, around);

/** @throws Failure `usage` for an address or a token that cannot be one. */
export function createSession(options: GlobalOptions, around: Surroundings): Session {
  const env = withEnvFile(around.env, around.cwd);
  let token: string | undefined;
  const client = createClient({
    url: serverUrl(options.url, env),
    token: () => {
      token ??= readToken(tokenSource(options.token, env, around.cwd));
      return token;
    },
    around,
  });
  return { client, output: outputOf(options, around), around, options, env };
}
