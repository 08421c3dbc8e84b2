/**
 * A TCP proxy on loopback that fails as networks do: cut (connections are reset and new ones refused), or mute (everything
 * stays open and nothing passes). For tests of reconnecting and timeouts.
 *
 * 1. `resume` lets new connections pass again; what was held back while mute is then delivered.
 * 2. `close` leaves no socket and no listener behind.
 */
import { createServer, connect, type Server, type Socket } from 'node:net';

export interface TcpTarget {
  readonly host: string;
  readonly port: number;
}

export interface TcpProxy {
  /** Where it listens on 127.0.0.1; the same over cut and resume. */
  readonly port: number;
  /** Connections under way. */
  readonly connections: number;
  /** Resets every connection and every new one, until `resume`. */
  cut(): void;
  /** Resets every connection; new ones pass. */
  drop(): void;
  /** Holds back every byte in both directions, of new connections too, until `resume`. */
  mute(): void;
  resume(): void;
  close(): Promise<void>;
}

type Mode = 'passing' | 'cut' | 'mute';

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

export async function createTcpProxy(target: TcpTarget): Promise<TcpProxy> {
  let mode: Mode = 'passing';
  const pairs = new Set<readonly [Socket, Socket]>();
  const setFlow = (pair: readonly Socket[]) => {
    for (const socket of pair) {
      if (mode === 'mute') socket.pause();
      else socket.resume();
    }
  };
  const server = createServer((near) => {
    if (mode === 'cut') return void near.resetAndDestroy();
    const far = connect(target.port, target.host);
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [pair, [far, near]] as const) {
      from.on('data', (chunk) => {
        if (to.write(chunk)) return;
        from.pause();
        to.once('drain', () => mode !== 'mute' && from.resume());
      });
      from.on('end', () => to.end());
      from.on('error', end);
      from.on('close', end);
    }
    setFlow(pair);
  });
  const port = await listen(server);
  const drop = () => {
    for (const [near, far] of [...pairs]) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  const change = (next: Mode) => {
    mode = next;
    for (const pair of pairs) setFlow(pair);
  };
  return {
    port,
    get connections() {
      return pairs.size;
    },
    cut: () => {
      mode = 'cut';
      drop();
    },
    drop,
    mute: () => change('mute'),
    resume: () => change('passing'),
    close: () => {
      mode = 'cut';
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
