/**
 * The connections of a server and what is under way on each, so that draining closes what does nothing and leaves what works.
 *
 * 1. A connection without a request is closed at once, whether it was used before or never sent a byte.
 * 2. A request that is under way is answered, all of those that were sent one after the other on a connection; its connection
 *    then closes, and the last answer says so.
 * 3. A request of which only a part has come is waited for as long as the caller says, then its connection is closed.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** Closes what is idle (1), and from now on everything that becomes idle (2). */
  stop(): void;
  /** Closes what has sent a part of a request only (3). */
  closePartial(): void;
  /** Closes what is left. @returns the requests that lost their answer. */
  cut(): number;
}

interface Use {
  readonly answers: Set<ServerResponse>;
  /** Bytes that belong to requests which are answered; a byte more is the beginning of another. */
  doneBytes: number;
}

export function trackConnections(server: Server): Connections {
  const uses = new Map<Socket, Use>();
  let stopping = false;
  server.on('connection', (socket: Socket) => {
    uses.set(socket, { answers: new Set(), doneBytes: 0 });
    socket.once('close', () => uses.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
    const use = uses.get(socket);
    if (use === undefined) return;
    use.answers.add(answer);
    if (stopping) sayLast(use);
    answer.once('close', () => {
      use.answers.delete(answer);
      use.doneBytes = socket.bytesRead;
      if (stopping && use.answers.size === 0) finish(socket);
    });
  });
  const isIdle = ([socket, use]: readonly [Socket, Use]): boolean =>
    use.answers.size === 0 && socket.bytesRead === use.doneBytes;
  const isPartial = ([, { answers }]: readonly [Socket, Use]): boolean =>
    answers.size === 0 || [...answers].every(({ req }) => !req.complete);
  const close = (which: (entry: readonly [Socket, Use]) => boolean): void => {
    for (const entry of [...uses]) if (which(entry)) entry[0].destroy();
  };
  return {
    stop: () => {
      stopping = true;
      close(isIdle);
      for (const use of uses.values()) sayLast(use);
    },
    closePartial: () => close(isPartial),
    cut: () => {
      const lost = [...uses.values()].reduce((sum, { answers }) => sum + answers.size, 0);
      close(() => true);
      return lost;
    },
  };
}

/** Node closes a connection after the answer that says so: it must be the last, or those behind it are lost. */
function sayLast({ answers }: Use): void {
  const last = [...answers].at(-1);
  for (const answer of answers) if (!answer.headersSent) answer.shouldKeepAlive = answer !== last;
}

/** What was written is on its way before the connection goes. */
const finish = (socket: Socket): void => {
  socket.end(() => socket.destroy());
};
