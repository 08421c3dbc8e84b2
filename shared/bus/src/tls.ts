/**
 * TLS with an own authority or a client certificate for Node's fetch and WebSocket.
 *
 * Both take a `dispatcher`, an Agent of the HTTP client inside Node. That class has no name of its own, but the agent in
 * use is under a documented global symbol, and so is its class. An installation without own certificates needs none of it.
 */
import { bug } from '@leasehold/kernel';

export interface TlsFiles {
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What `fetch` and `WebSocket` take as `dispatcher`. */
export interface Dispatcher {
  close(): Promise<void>;
}

const AGENT = Symbol.for('undici.globalDispatcher.1');

export function createDispatcher(tls: TlsFiles): Dispatcher {
  // Touching Headers loads the HTTP client, which sets the symbol.
  void new Headers();
  const agent = (globalThis as Record<symbol, unknown>)[AGENT];
  const Agent = (agent as { constructor?: unknown } | undefined)?.constructor;
  if (typeof Agent !== 'function') throw bug('this Node has no HTTP agent to configure TLS on');
  const make = Agent as new (options: { connect: TlsFiles }) => Dispatcher;
  return new make({ connect: tls });
}
