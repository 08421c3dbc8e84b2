/**
 * For this package's tests: sockets by hand, in place of those of a broker. Not part of the package's interface.
 */
import { busUnavailable } from '../src/faults.ts';
import type { SocketHandlers, SocketMaker } from '../src/websocket-socket.ts';

/** One socket as a test sees it: what was sent over it, and what the broker does. */
export interface HandSocket {
  readonly path: string;
  /** What was sent since the last look. */
  takeSent(): readonly string[];
  /** The broker says something. */
  says(text: string): void;
  /** The connection goes. */
  breaks(why?: string): void;
  /** How our side ended it. */
  readonly ended: readonly string[];
}

export interface HandSockets extends SocketMaker {
  /** In the order in which they were opened. */
  readonly all: readonly HandSocket[];
  last(): HandSocket;
  /** The next openings fail, until told otherwise. */
  refuse(on: boolean): void;
  /** The next openings wait until it is called. */
  hold(): () => void;
  /** The next socket is lost in the very moment in which it opens. */
  loseNext(): void;
  /** How often one was asked for. */
  readonly asked: number;
}

export function handSockets(): HandSockets {
  const all: HandSocket[] = [];
  const state = { asked: 0, refuses: false, loses: false, gate: Promise.resolve() };
  const make = (path: string, { onText, onClose }: SocketHandlers) => {
    const sent: string[] = [];
    const ended: string[] = [];
    let open = true;
    const end = (why: string): void => {
      if (!open) return;
      open = false;
      onClose(why);
    };
    all.push({ path, takeSent: () => sent.splice(0), says: onText, breaks: (why = 'code 1006') => end(why), ended });
    if (state.loses) end('at once');
    state.loses = false;
    return {
      isOpen: () => open,
      send: (text: string) => void (open && sent.push(text)),
      close: async () => {
        ended.push('close');
        end('closed by us');
      },
      abandon: (why: string) => {
        ended.push(`abandon: ${why}`);
        end(why);
      },
    };
  };
  return {
    all,
    last: () => all.at(-1) as HandSocket,
    refuse: (on) => {
      state.refuses = on;
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      state.gate = promise;
      return () => {
        state.gate = Promise.resolve();
        resolve();
      };
    },
    loseNext: () => {
      state.loses = true;
    },
    get asked() {
      return state.asked;
    },
    open: async (path, _topic, handlers) => {
      state.asked += 1;
      const { refuses } = state;
      await state.gate;
      if (refuses) throw busUnavailable('no socket can be had');
      return make(path, handlers);
    },
  };
}
