import { EventEmitter } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { trackConnections } from './connections.ts';

/** A connection by hand: what came over it, and how it was ended. */
class HandSocket extends EventEmitter {
  bytesRead = 0;
  readonly ends: string[] = [];
  destroy(): void {
    this.ends.push('destroyed');
    this.emit('close');
  }
  end(then: () => void): void {
    this.ends.push('ended');
    then();
  }
}

/** An answer by hand; `isWhole`: its request has come to its end. */
class HandAnswer extends EventEmitter {
  headersSent = false;
  shouldKeepAlive = true;
  readonly req: { readonly complete: boolean };
  constructor(isWhole: boolean) {
    super();
    this.req = { complete: isWhole };
  }
}

function setUp() {
  const server = new EventEmitter();
  const connections = trackConnections(server as unknown as Server);
  const connect = (): HandSocket => {
    const socket = new HandSocket();
    server.emit('connection', socket as unknown as Socket);
    return socket;
  };
  const ask = (socket: HandSocket, bytes = 10, isWhole = true): HandAnswer => {
    socket.bytesRead += bytes;
    const answer = new HandAnswer(isWhole);
    server.emit('request', { socket }, answer as unknown as ServerResponse);
    return answer;
  };
  return { connections, connect, ask };
}

test('1: what never sent a byte, or has its answers, is closed at once; what has sent a part or is answered is left', () => {
  const { connections, connect, ask } = setUp();
  const [fresh, used, partial, busy, again] = [connect(), connect(), connect(), connect(), connect()];
  ask(used).emit('close');
  partial.bytesRead = 1;
  ask(busy);
  ask(again).emit('close');
  again.bytesRead += 1;
  connections.stop();
  expect([fresh, used, partial, busy, again].map(({ ends }) => ends)).toEqual([
    ['destroyed'],
    ['destroyed'],
    [],
    [],
    [],
  ]);
});

test('before it stops, nothing is closed and no answer says that it is the last', () => {
  const { connect, ask } = setUp();
  const socket = connect();
  const answer = ask(socket);
  expect(answer.shouldKeepAlive).toBe(true);
  answer.emit('close');
  expect(socket.ends).toEqual([]);
});

test('2: of the answers under way on a connection the last says that it closes, and then it does', () => {
  const { connections, connect, ask } = setUp();
  const socket = connect();
  const answers = [ask(socket), ask(socket), ask(socket)];
  connections.stop();
  expect(answers.map(({ shouldKeepAlive }) => shouldKeepAlive)).toEqual([true, true, false]);
  // One more was sent behind them: it is the last now.
  const later = ask(socket);
  expect([...answers, later].map(({ shouldKeepAlive }) => shouldKeepAlive)).toEqual([true, true, true, false]);
  for (const answer of answers) answer.emit('close');
  expect(socket.ends).toEqual([]);
  later.emit('close');
  expect(socket.ends).toEqual(['ended', 'destroyed']);
});

test('2: an answer whose headers have gone out is not changed', () => {
  const { connections, connect, ask } = setUp();
  const answer = ask(connect());
  answer.headersSent = true;
  connections.stop();
  expect(answer.shouldKeepAlive).toBe(true);
});

test('3: what has sent a part of a request is closed, also where the handler waits for the rest; what is worked on is not', () => {
  const { connections, connect, ask } = setUp();
  const [headers, body, busy, mixed] = [connect(), connect(), connect(), connect()];
  headers.bytesRead = 5;
  ask(body, 10, false);
  ask(busy);
  ask(mixed);
  ask(mixed, 10, false);
  connections.stop();
  connections.closePartial();
  expect([headers, body, busy, mixed].map(({ ends }) => ends)).toEqual([['destroyed'], ['destroyed'], [], []]);
});

test('what is left is cut, and the requests that lost their answer are counted', () => {
  const { connections, connect, ask } = setUp();
  const [one, two, idle, gone] = [connect(), connect(), connect(), connect()];
  ask(one);
  ask(one);
  ask(two);
  ask(gone);
  gone.emit('close');
  expect(connections.cut()).toBe(3);
  expect([one, two, idle, gone].map(({ ends }) => ends)).toEqual([['destroyed'], ['destroyed'], ['destroyed'], []]);
});

test('a request of a connection that is gone changes nothing', () => {
  const { connections, connect, ask } = setUp();
  const socket = connect();
  socket.emit('close');
  ask(socket).emit('close');
  connections.stop();
  expect([socket.ends, connections.cut()]).toEqual([[], 0]);
});
