/**
 * How the command ends, for scripts: the one list that the code, the help and the README share.
 */
export const EXIT = {
  ok: 0,
  /** The work, or the server, failed; doctor found a fault. */
  failed: 1,
  /** Wrong arguments or settings; nothing was sent. */
  usage: 2,
  /** No server there, or one that is not ready (502, 503, 504). */
  unreachable: 3,
  /** The server refused (4xx). */
  refused: 4,
  /** The wait ended before the work did; the work goes on. */
  timeout: 5,
  /** Ctrl-C or a signal; the work goes on. */
  interrupted: 130,
} as const;

export type ExitName = keyof typeof EXIT;

export const EXIT_HELP = [
  'Exit codes:',
  '  0 ok   1 failed   2 usage   3 not reachable   4 refused (4xx)   5 timed out waiting   130 interrupted',
].join('\n');
