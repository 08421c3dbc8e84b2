/**
 * W3C trace context (https://www.w3.org/TR/trace-context/): who caused what, over requests and events. Pure; ids come
 * from the generator that is handed in.
 *
 * 1. What does not parse is no context: a fresh one is made, never an error to the caller.
 * 2. A child keeps the trace id, the flags and the tracestate of its parent.
 */
import { type Bound, bound, type Rng, type Span } from '@leasehold/kernel';

const TRACESTATE: Bound = bound('tracestate characters', 512);
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Printable ASCII: anything else in a tracestate is not passed on. */
const PRINTABLE = /^[\x20-\x7e]+$/;

export interface TraceContext extends Span {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly sampled: boolean;
  /** Other vendors' data, passed on untouched. */
  readonly tracestate?: string;
}

export function parseTrace(traceparent: string | undefined, tracestate?: string): TraceContext | undefined {
  const match = traceparent === undefined ? null : TRACEPARENT.exec(traceparent.trim());
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags, rest] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return context(traceId, spanId, (Number.parseInt(flags, 16) & 1) === 1, tracestate);
}

export const makeTrace = (rng: Rng): TraceContext => context(hex(rng, 4), hex(rng, 2), true, undefined);

/** A span below another one, or the first of a new trace where there is no other. */
export const childTrace = (parent: TraceContext | undefined, rng: Rng): TraceContext =>
  parent === undefined ? makeTrace(rng) : context(parent.traceId, hex(rng, 2), parent.sampled, parent.tracestate);

function context(traceId: string, spanId: string, sampled: boolean, tracestate: string | undefined): TraceContext {
  const state = tracestate?.trim() ?? '';
  const kept = state !== '' && state.length <= TRACESTATE.value && PRINTABLE.test(state);
  return {
    traceId,
    spanId,
    sampled,
    traceparent: `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`,
    ...(kept && { tracestate: state }),
  };
}

/** Eight hex digits a word; the last word is never zero, because an id of zeros is invalid. */
function hex(rng: Rng, words: number): string {
  let text = '';
  for (let word = 0; word < words; word++) {
    const value = word === words - 1 ? 1 + rng.int(0xffffffff) : rng.int(0x100000000);
    text += value.toString(16).padStart(8, '0');
  }
  return text;
}
