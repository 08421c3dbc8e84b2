/**
 * Pulsar's admin API over plain fetch: one call, its limits, and the translation of every failure.
 *
 * 1. Every call ends within `bus.adminMs` and reads at most `bus.adminAnswerBytes`.
 * 2. A status that the caller did not ask for becomes a fault that says whether the token was refused, the role lacks a
 *    permission, or something else is wrong; a broker that cannot be reached is `away`.
 * 3. The token is sent in a header and appears in no message.
 * 4. A broker that does not own a topic redirects to the one that does: it is followed with the token, to whatever broker.
 */
import { type Clock, followRedirects } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { withDeadline } from './deadline.ts';
import { busUnavailable } from './faults.ts';
import type { Dispatcher } from './http-agent.ts';

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** @throws `Unavailable` when the text is no JSON. */
  json(): unknown;
}

export interface AdminCall {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Below the admin URL, quoted: `/admin/v2/...`, `/lookup/v2/...`. */
  readonly path: string;
  readonly body?: unknown;
  /** Statuses beside 2xx that the caller understands. */
  readonly expect?: readonly number[];
}

export interface PulsarAdmin {
  call(call: AdminCall, signal?: AbortSignal): Promise<AdminAnswer>;
}

export interface PulsarAdminOptions {
  readonly adminUrl: string;
  readonly token?: string | undefined;
  readonly dispatcher?: Promise<Dispatcher> | undefined;
  readonly clock: Clock;
  readonly bounds: BusBounds;
}

const REASON_CHARACTERS = 200;
const ABSENT = 404;

const notTheBroker = () => busUnavailable('what answers for Pulsar is no broker: a page came back', { away: true });

/** What the broker says, without the Java stack that it sends along. */
function reasonOf(text: string): string {
  const reason = /"reason"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? '';
  const message = /Message: ((?:(?!\\n).)*)/.exec(reason)?.[1] ?? reason;
  return message.replace(/\\n.*/s, '').slice(0, REASON_CHARACTERS);
}

/** Pulsar answers 401 both to a token it does not know (a page) and to a role without the permission (a reason). */
function statusFault(call: AdminCall, status: number, text: string): Error {
  const reason = reasonOf(text);
  const asked = `${call.method} ${call.path}`;
  if (status === 401 && reason === '') {
    return busUnavailable('Pulsar refused the token (401): it is missing, wrong or has expired');
  }
  if (status === 401 || status === 403)
    return busUnavailable(`Pulsar does not allow this role to ${asked} (${status})`);
  return busUnavailable(`Pulsar answered ${status} to ${asked}${reason && `: ${reason}`}`);
}

async function readBounded(body: Response['body'], bounds: BusBounds): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bounds.adminAnswerBytes.value) {
      throw busUnavailable(
        `an answer of Pulsar is over ${bounds.adminAnswerBytes.name} ${bounds.adminAnswerBytes.value}`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function createPulsarAdmin(options: PulsarAdminOptions): PulsarAdmin {
  const { clock, bounds, token, dispatcher } = options;
  const base = options.adminUrl.replace(/\/+$/, '');
  const send = async (call: AdminCall, signal: AbortSignal): Promise<AdminAnswer> => {
    const init = {
      method: call.method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      signal,
      // fetch would follow by itself, without the token.
      redirect: 'manual',
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(dispatcher === undefined ? {} : { dispatcher: await dispatcher }),
    };
    const answer = await followRedirects({
      start: new URL(`${base}${call.path}`),
      send: async (url) => {
        const { ok, status, headers, body } = await fetch(url, init as unknown as RequestInit);
        return {
          ok,
          status,
          headers,
          text: await readBounded(body, bounds),
          location: headers.get('location') ?? undefined,
        };
      },
      refuse: ({ code, message }) => busUnavailable(`Pulsar ${message} (${code}: ${call.method} ${call.path})`),
    });
    const { ok, status, headers, text } = answer;
    // A broker tells otherwise of what is not there, and nothing is concluded from what a stranger says.
    if ((ok || status === ABSENT) && text.trimStart().startsWith('<')) throw notTheBroker();
    if (!ok && !call.expect?.includes(status)) throw statusFault(call, status, text);
    return { status, headers, text, json: () => parseAnswer(text) };
  };
  return {
    call: (call, signal) =>
      withDeadline(
        clock,
        bounds.adminMs,
        () => busUnavailable('Pulsar did not answer in time', { away: true, unknownOutcome: call.method !== 'GET' }),
        async (inner) => {
          try {
            return await send(call, inner);
          } catch (error) {
            if (error instanceof TypeError)
              throw busUnavailable('Pulsar cannot be reached', { away: true, cause: error });
            throw error;
          }
        },
        signal,
      ),
  };
}

function parseAnswer(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw busUnavailable('Pulsar answered with something that is no JSON', { cause });
  }
}
