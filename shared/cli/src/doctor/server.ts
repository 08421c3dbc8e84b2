/**
 * What the server says of itself: reachable, ready, its version, its backends, its clock, and whether it takes the token.
 */
import { parseHttpDate } from '@leasehold/kernel';
import { type Answer, type Client, whyUnreachable } from '../client.ts';
import { Failure } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { fields, maybeNumber, maybeText, text } from '../wire.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** The server takes tokens five seconds around their time; `Date` has whole seconds. */
const SKEW_MS = 6_000;

const probe = (client: Client, path: string): Promise<Answer> => client.send({ method: 'GET', path, probe: true });

export async function checkServer(
  client: Client,
  around: Pick<Surroundings, 'clock'>,
  version: string,
): Promise<readonly Finding[]> {
  const { clock } = around;
  const beganMs = clock.now();
  let health: Answer;
  try {
    health = await probe(client, '/health');
  } catch (error) {
    return [unreached(client.url, error)];
  }
  const endedMs = clock.now();
  const reached =
    health.status === 200 && maybeText(fields(health.json)['status']) !== undefined
      ? ok('server', `${client.url} answers in ${endedMs - beganMs} ms`)
      : fail('server', `${client.url}/health answers ${health.status}`, 'is this a Leasehold server? Check --url');
  if (reached.level === 'fail') return [reached];
  const [ready, document, list] = await Promise.all([
    probe(client, '/ready'),
    probe(client, '/openapi.json'),
    probe(client, '/api/v1/tenants?limit=1').catch(asError),
  ]);
  return [
    reached,
    checkVersion(document, version),
    checkSkew(health.headers.get('date'), (beganMs + endedMs) / 2),
    checkAccess(list),
    ...checkReady(ready),
  ];
}

const asError = (error: unknown): Failure =>
  error instanceof Failure ? error : new Failure('failed', String(error), { cause: error });

const unreached = (url: string, error: unknown): Finding => {
  const why = error instanceof Failure && error.cause !== undefined ? whyUnreachable(error.cause) : String(error);
  return fail('server', `${url}: ${why}`, 'start it with `npm start`, or say where it is with --url or LEASEHOLD_URL');
};

export function checkVersion(document: Answer, own: string): Finding {
  const version = maybeText(fields(fields(document.json)['info'])['version']);
  if (version === undefined) return warn('version', 'the server does not tell its version', 'check --url');
  if (version === own) return ok('version', `${version}, as this command`);
  return warn('version', `server ${version}, command ${own}`, 'use the command of the same release');
}

export function checkSkew(date: string | null, nowMs: number): Finding {
  const serverMs = parseHttpDate(date ?? '');
  if (serverMs === undefined) return warn('clock', 'the server sends no Date', 'compare the clocks by hand');
  // The header is cut to the second: its middle is the best guess.
  const skewMs = serverMs + 500 - nowMs;
  if (Math.abs(skewMs) < SKEW_MS) return ok('clock', 'agrees with the server within its second');
  const ahead = skewMs > 0 ? 'ahead of' : 'behind';
  return warn(
    'clock',
    `the server is ${(Math.abs(skewMs) / 1_000).toFixed(0)} s ${ahead} this machine`,
    'set both clocks (NTP): tokens are refused when clocks differ',
  );
}

export function checkAccess(answer: Answer | Failure): Finding {
  if (answer instanceof Failure) return fail('access', answer.message, 'see the lines about the token');
  if (answer.status === 200) return ok('access', 'the server takes the token');
  const detail = maybeText(fields(answer.json)['detail']) ?? `status ${answer.status}`;
  // A server that cannot work says nothing about a token.
  if (answer.status >= 500) return warn('access', detail, 'see the line "ready"');
  return fail('access', detail, 'use the token of this server: DATA_DIR/admin.token of the folder it runs in');
}

export function checkReady(answer: Answer): readonly Finding[] {
  const body = fields(answer.json);
  const backends = Object.entries(fields(body['backends'])).map(([name, value]) => backendFinding(name, fields(value)));
  const state =
    answer.status === 200
      ? ok('ready', 'takes requests')
      : fail(
          'ready',
          text(body['detail'], `status ${answer.status}`),
          'it goes on by itself when this is over; its log has the same line',
        );
  return [state, ...backends];
}

function backendFinding(name: string, backend: ReturnType<typeof fields>): Finding {
  const state = text(backend['state'], 'unknown');
  const message = maybeText(backend['message']);
  const latency = maybeNumber(backend['latency_ms']);
  const said = [state, ...(latency === undefined ? [] : [`${latency} ms`]), ...(message ? [message] : [])].join(', ');
  if (state === 'up' || state === 'skipped') return ok(name, said);
  const todo = 'look whether it runs and whether its settings are right; work on it waits and goes on by itself';
  return (state === 'down' ? fail : warn)(name, said, todo);
}
