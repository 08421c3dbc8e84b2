/**
 * A server's refusal as one message for a person: what is wrong, each place of it, and the id that finds it in the logs.
 *
 * 1. `application/problem+json` is read leniently; anything else that came instead is named, not shown in full.
 */
import { Failure } from './failure.ts';
import { fields, items, maybeText, parseJson, text } from './wire.ts';

/** Says that a server is there but cannot work now, or that a proxy cannot reach it. */
const AWAY: readonly number[] = [502, 503, 504];

export interface AnswerSeen {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const exitOf = (status: number): 'refused' | 'unreachable' | 'failed' =>
  AWAY.includes(status) ? 'unreachable' : status >= 400 && status < 500 ? 'refused' : 'failed';

export function problemFailure({ status, contentType, body }: AnswerSeen): Failure {
  const problem = fields(parseJson(body));
  const code = maybeText(problem['code']);
  const exit = exitOf(status);
  if (code === undefined)
    return new Failure(exit, `the server answered ${status} with ${contentType || 'nothing that says what it is'}`, {
      details: ['Is this a Leasehold server? Check --url, and `leasehold doctor`.'],
      body,
      code: `status-${status}`,
    });
  const detail = maybeText(problem['detail']) ?? maybeText(problem['title']) ?? `status ${status}`;
  const places = items(problem['errors']);
  // A single place is already told by the detail.
  const shown = places.length === 1 && detail.includes(text(places[0]?.['message'])) ? [] : places;
  const requestId = maybeText(problem['request_id']);
  return new Failure(exit, `${code} (${status}): ${detail}`, {
    code,
    body,
    details: [
      ...shown.map((place) => `${text(place['pointer']) || '(body)'}: ${text(place['message'])}`),
      ...(HINTS[code] === undefined ? [] : [HINTS[code]]),
      ...(requestId === undefined ? [] : [`request id ${requestId}`]),
    ],
  });
}

const HINTS: Readonly<Record<string, string>> = {
  unauthenticated: '`leasehold doctor` says which token was used and what is wrong with it.',
  protected: 'Take the protection away first (`leasehold tenant unprotect ID`), or add --force.',
  'limits-missing': 'Name the limits: --limits limits.json, or --limits with the JSON itself.',
};
