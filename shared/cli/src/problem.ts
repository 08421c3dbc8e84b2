/**
 * A server's refusal as one message for a person: what is wrong, each place of it, and the id that finds it in the logs.
 *
 * 1. `application/problem+json` is read leniently; anything else that came instead is named, not shown in full.
 */
import { Failure } from './failure.ts';
import { fields, items, maybeText, parseJson, text } from './wire.ts';

/** Says that a server is there but cannot work now, or that a proxy cannot reach it. */
const AWAY: readonly number[] = [502, 503, 504];

export const NOT_OURS = 'Is this a Leasehold server? Check --url, and `leasehold doctor`.';

export interface AnswerSeen {
  /** Of the request. */
  readonly path?: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const exitOf = (status: number): 'refused' | 'unreachable' | 'failed' =>
  AWAY.includes(status) ? 'unreachable' : status >= 400 && status < 500 ? 'refused' : 'failed';

export function problemFailure({ status, contentType, body, path = '' }: AnswerSeen): Failure {
  const problem = fields(parseJson(body));
  const code = maybeText(problem['code']);
  const exit = exitOf(status);
  if (code === undefined)
    return new Failure(exit, `the server answered ${status} with ${contentType || 'nothing that says what it is'}`, {
      details: [NOT_OURS],
      body,
      code: `status-${status}`,
    });
  const said = maybeText(problem['detail']) ?? maybeText(problem['title']) ?? `status ${status}`;
  const detail = code === 'not-found' && UNNAMED.test(said) ? (missingObject(path) ?? said) : said;
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

/** The server tells a missing object from a hidden one by no word, so it names none; who asked knows which one it was. */
const UNNAMED = /^There is no such object/;

function missingObject(path: string): string | undefined {
  const objects = [...path.matchAll(/\/([a-z-]+s)\/([^/?]+)/g)]
    .map(
      ([, kind = '', name = '']) =>
        `${kind.replaceAll('-', ' ').slice(0, -1)} ${JSON.stringify(decodeURIComponent(name))}`,
    )
    .reverse();
  return objects.length === 0 ? undefined : `there is no ${objects.join(' of ')}, or it is not yours to see.`;
}

const HINTS: Readonly<Record<string, string>> = {
  unauthenticated: '`leasehold doctor` says which token was used and what is wrong with it.',
  protected: 'Take the protection away first (`leasehold tenant unprotect ID`), or add --force.',
  'limits-missing': 'Name the limits: --limits limits.json, or --limits with the JSON itself.',
};
