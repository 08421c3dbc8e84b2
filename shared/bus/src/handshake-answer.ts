/**
 * What a server answers to a WebSocket handshake that it does not accept. Node's WebSocket tells nothing but that it failed, so
 * the same question is asked once more with plain HTTP, where the status and the address of a redirect can be seen.
 *
 * 1. A handshake that is accepted this time is given up at once.
 * 2. Aborting the signal ends the question.
 */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { TlsFiles } from './http-agent.ts';

export interface HandshakeAnswer {
  readonly status: number;
  readonly location: string | undefined;
}

export interface HandshakeQuestion {
  /** `ws:` or `wss:`. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsFiles | undefined;
}

const KEY_BYTES = 16;

/** @throws Error where the server cannot be reached. */
export function askHandshake(question: HandshakeQuestion, signal: AbortSignal): Promise<HandshakeAnswer> {
  const url = new URL(question.url.href.replace(/^ws/, 'http'));
  const secure = url.protocol === 'https:';
  const headers = {
    ...question.headers,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(KEY_BYTES).toString('base64'),
  };
  return new Promise((resolve, reject) => {
    const asked = (secure ? https : http).request(url, { headers, signal, agent: false, ...question.tls }, (answer) => {
      answer.destroy();
      resolve({ status: answer.statusCode ?? 0, location: answer.headers.location });
    });
    asked.once('upgrade', ({ statusCode = 0 }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, location: undefined });
    });
    asked.on('error', reject);
    asked.end();
  });
}
