/**
 * One question to the API server on loopback, without looking at its certificate: it was made by the server itself, and in a
 * container it lies where we cannot read it.
 */
import { request } from 'node:https';

interface Question {
  readonly port: number;
  readonly path: string;
  readonly token: string;
}

/** The status. Rejects when nothing answers, or with the signal's reason. */
export const askApi = ({ port, path, token }: Question, signal: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const options = { host: '127.0.0.1', port, path, headers, signal, rejectUnauthorized: false, agent: false };
    request(options, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
      answer.once('error', reject);
    })
      .once('error', reject)
      .end();
  });
