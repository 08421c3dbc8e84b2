/**
 * The edge to the operating system: signals, standard error, the exit. Nothing else in this package touches `process`.
 */
import type { ProcessHost } from './process.port.ts';

export const systemHost: ProcessHost = {
  on: (event, listener) => {
    process.on(event as 'SIGTERM', listener);
  },
  off: (event, listener) => {
    process.off(event as 'SIGTERM', listener);
  },
  print: (text) => {
    process.stderr.write(`${text}\n`);
  },
  exit: (code) => {
    process.exit(code);
  },
};
