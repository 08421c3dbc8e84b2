/**
 * Logs in to a Cassandra node and asks it something, over one short connection.
 *
 * 1. It ends with its signal: a node that accepts and stays mute (paused, say) holds nobody up.
 */
import { connect, type Socket } from 'node:net';
import { HEALTHY, type Health, unhealthy } from '../../definition.ts';
import {
  decodeFrame,
  encodeFrame,
  errorText,
  type Frame,
  loginBody,
  OPCODE,
  queryBody,
  startupBody,
} from './cql-frame.ts';

export interface CqlLogin {
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

const QUESTION = 'SELECT cluster_name FROM system.local';

/** What to send after a frame, or what the frame shows. Pure. */
export function nextStep(frame: Frame, login: CqlLogin): { readonly send: Buffer } | { readonly seen: Health } {
  switch (frame.opcode) {
    case OPCODE.authenticate:
      return { send: encodeFrame(OPCODE.authResponse, loginBody(login.username, login.password)) };
    case OPCODE.authSuccess:
      return { send: encodeFrame(OPCODE.query, queryBody(QUESTION)) };
    case OPCODE.result:
      return { seen: HEALTHY };
    case OPCODE.error:
      return { seen: unhealthy(`CQL error: ${errorText(frame.body)}`) };
    default:
      return { seen: unhealthy(`unexpected CQL frame ${frame.opcode}`) };
  }
}

function converse(socket: Socket, login: CqlLogin, done: (seen: Health) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  socket.on('connect', () => socket.write(encodeFrame(OPCODE.startup, startupBody())));
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let whole = decodeFrame(bytes); whole !== undefined; whole = decodeFrame(bytes)) {
      bytes = whole.rest;
      const step = nextStep(whole.frame, login);
      if ('seen' in step) return done(step.seen);
      socket.write(step.send);
    }
  });
  socket.on('error', () => done(unhealthy('CQL port does not answer')));
  socket.on('close', () => done(unhealthy('CQL connection closed')));
}

/** Rejects with the signal's reason when aborted, never otherwise. */
export function probeCql(login: CqlLogin, signal: AbortSignal): Promise<Health> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: login.port });
    const abort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    converse(socket, login, (seen) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(seen);
    });
  });
}
