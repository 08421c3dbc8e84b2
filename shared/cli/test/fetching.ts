/** A client on answers that a test lists, and a clock on which every sleep is over at once and remembered. */
import { seededRng } from '@leasehold/kernel';
import { type Client, createClient } from '../src/client.ts';

export interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

/** An answer, or what the network throws. */
export type Step = (() => Response) | Error;

export interface Scene {
  readonly client: Client;
  readonly sent: Sent[];
  readonly slept: number[];
  /** What would end each sleep before its time. */
  readonly signals: (AbortSignal | undefined)[];
  readonly interrupt: AbortController;
}

/** @param steps in their order; the last goes on for ever. */
export function openClient(steps: readonly Step[], token: () => string = () => 't.o.k'): Scene {
  const sent: Sent[] = [];
  const slept: number[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const interrupt = new AbortController();
  let nowMs = 0;
  const fetching = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
    const step = steps[Math.min(sent.length, steps.length - 1)];
    sent.push({ url: String(url), init });
    if (step instanceof Error) throw step;
    if (step === undefined) throw new Error('no answer was listed');
    return step();
  };
  const clock = {
    now: () => nowMs,
    sleep: async (ms: number, signal?: AbortSignal) => {
      slept.push(ms);
      signals.push(signal);
      nowMs += ms;
    },
  };
  let keys = 0;
  const around = {
    fetch: fetching as typeof fetch,
    clock,
    rng: { ...seededRng(1), next: () => 1 },
    newKey: () => `key-${keys++}`,
    interrupted: interrupt.signal,
  };
  return { client: createClient({ url: 'http://mesh', token, around }), sent, slept, signals, interrupt };
}

export const json =
  (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Step =>
  () =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

/** What undici throws: the network's own error as the cause. */
export const network = (code: string): Error =>
  Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(code), { code }) });
