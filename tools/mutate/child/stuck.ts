/**
 * Whether a test waits for what will never come: nothing is under way in the process any more that could wake it.
 *
 * 1. The process was idle several times in a row, and holds nothing but servers and the pipe to the tool. Whatever else is open may still
 *    answer, also what another test left, and is waited for.
 * 2. Timers that keep no process alive are not seen. A test that waits for one alone fails without a bug too, and is left out.
 */
const IDLE_TIMES = 5;
const IDLE = 0.1;
/** A server waits for others; the pipe leads to the tool, and this timer is the one that asks. */
const MAY_STAY = new Map([
  ['TCPServerWrap', Number.POSITIVE_INFINITY],
  ['PipeWrap', 3],
  ['Timeout', 1],
]);
/** Taken before a test puts something of its own in its place. */
const { performance } = globalThis;

const isOpen = (held: readonly string[]): boolean =>
  [...Map.groupBy(held, (kind) => kind)].some(([kind, all]) => all.length > (MAY_STAY.get(kind) ?? 0));

/** @returns asked now and then by a timer: whether what began when this was made waits for nothing. */
export function watchForNothing(held = () => process.getActiveResourcesInfo()): () => boolean {
  let last = performance.eventLoopUtilization();
  let idleTimes = 0;
  return () => {
    const now = performance.eventLoopUtilization();
    const isIdle = performance.eventLoopUtilization(now, last).utilization < IDLE;
    last = now;
    idleTimes = isIdle && !isOpen(held()) ? idleTimes + 1 : 0;
    return idleTimes >= IDLE_TIMES;
  };
}
