export { parseIsoTime, parseTrace } from './csv.ts';
export { endMsOf, resampleTrace, type Trace, type TraceOutcome } from './trace.ts';
