/**
 * Redirects of a backend whose servers send a call to the one that owns what it is about, as Pulsar's brokers do. One rule
 * for every client; sending is the caller's.
 *
 * 1. 301, 302, 307 and 308 are followed with the call as it was: method, headers (the token too) and body. Nothing else is.
 * 2. A redirect leads to http(s) or ws(s) only, and never from an encrypted connection to a plain one.
 * 3. At most `redirect.hops` are followed; an address that comes again is a circle. What is not followed is the fault of the
 *    backend's configuration, never of the call: `refuse` says so in the caller's wording.
 */
import { bound } from './bounds.ts';

export const REDIRECT_HOPS = bound('redirect.hops', 5);

export interface Redirectable {
  readonly status: number;
  /** The header of that name, where there was one. */
  readonly location?: string | undefined;
}

export interface RedirectProblem {
  readonly code: 'RedirectLoop' | 'RedirectRefused';
  /** Without the name of a host; begins with a verb. */
  readonly message: string;
}

export interface RedirectOptions<A extends Redirectable> {
  readonly start: URL;
  /** Sends the whole call to this address. */
  send(url: URL): Promise<A>;
  refuse(problem: RedirectProblem): Error;
}

const FOLLOWED: ReadonlySet<number> = new Set([301, 302, 307, 308]);
const NOT_MODIFIED = 304;
const ENCRYPTED: ReadonlySet<string> = new Set(['https:', 'wss:']);
const PLAIN: ReadonlySet<string> = new Set(['http:', 'ws:']);

/** @throws what `refuse` makes. */
export async function followRedirects<A extends Redirectable>(options: RedirectOptions<A>): Promise<A> {
  const { send, refuse } = options;
  const visited = new Set<string>();
  let url = options.start;
  for (;;) {
    visited.add(url.href);
    const answer = await send(url);
    if (!isRedirect(answer.status)) return answer;
    const next = nextAddress(url, answer);
    if (typeof next === 'string') throw refuse({ code: 'RedirectRefused', message: next });
    if (visited.has(next.href)) throw refuse({ code: 'RedirectLoop', message: 'sends the call in a circle' });
    if (visited.size > REDIRECT_HOPS.value) {
      const message = `redirects the call more often than ${REDIRECT_HOPS.name} ${REDIRECT_HOPS.value}`;
      throw refuse({ code: 'RedirectLoop', message });
    }
    url = next;
  }
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400 && status !== NOT_MODIFIED;

/** The address to go on to, or why not. */
function nextAddress(from: URL, { status, location }: Redirectable): URL | string {
  if (!FOLLOWED.has(status)) return `answers ${status}, which is not followed`;
  if (location === undefined || !URL.canParse(location, from.href)) return `answers ${status} without a usable address`;
  const next = new URL(location, from.href);
  const encrypted = ENCRYPTED.has(next.protocol);
  if (!encrypted && !PLAIN.has(next.protocol)) return `answers ${status} to what is no HTTP address`;
  if (!encrypted && ENCRYPTED.has(from.protocol)) return `answers ${status} from an encrypted address to a plain one`;
  next.hash = '';
  next.username = '';
  next.password = '';
  return next;
}
