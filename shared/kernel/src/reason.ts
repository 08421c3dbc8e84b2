/**
 * Why a decision came out as it did, as data: one record that logs, the API, events and tests all show.
 * `code` is PascalCase and stable; `message` is one sentence for a person.
 */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
}

export const reason = (code: string, message: string, data?: Reason['data']): Reason =>
  data === undefined ? { code, message } : { code, message, data };
