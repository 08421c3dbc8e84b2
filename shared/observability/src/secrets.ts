/**
 * What must never be written: fields whose name says that they hold a secret, and the exact texts of the secrets that the
 * configuration was given. Owns both rules; the log applies them to every line.
 *
 * 1. A registered secret never appears in a line, wherever it came from, also in its JSON-escaped, URL-encoded or base64 form.
 * 2. A field with a secret-looking name shows `[redacted]`, whatever it holds.
 * 3. Texts under 6 characters, and the public default passwords that are words of the product (`cassandra`), cannot be
 *    registered: blotting them out would blot out ordinary words. `register` answers false for them.
 */
import { type Bound, bound, createLru } from '@leasehold/kernel';

export const REDACTED = '[redacted]';
const MAX_SECRETS: Bound = bound('registered secrets', 1000);
const MIN_LENGTH: Bound = bound('registered secret characters', 6);
const PUBLIC_WORDS = new Set(['cassandra', 'ignite', 'minioadmin', 'elastic', 'elasticsearch', 'pulsar', 'leasehold']);

const SECRET_NAME =
  /(?:pass(?:word|wd|phrase)?|secret|token|api_?key|access_?key|private_?key|signing_?key|master_?key|authorization|cookie|credentials?)$/i;

/** `token_expires_at` and `tokens_left` are no secrets, `refresh_token` and `AUTH_JWT_SECRET` are. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

export interface Secrets {
  /** False: too short or a public word, so not blotted out. Oldest ones are dropped beyond the bound. */
  register(secret: string): boolean;
  /** The text with every registered secret replaced by `[redacted]`. */
  scrub(text: string): string;
}

export function createSecrets(): Secrets {
  const forms = createLru<string, readonly string[]>(MAX_SECRETS);
  let all: readonly string[] = [];
  return {
    register: (secret) => {
      const text = secret.trim();
      if (text.length < MIN_LENGTH.value || PUBLIC_WORDS.has(text.toLowerCase())) return false;
      if (forms.peek(text)) return true;
      forms.set(text, formsOf(text));
      // Longest first: a secret that contains another one is blotted out whole.
      all = [...new Set([...forms.values()].flat())].sort((a, b) => b.length - a.length);
      return true;
    },
    scrub: (text) => {
      let clean = text;
      for (const form of all) if (clean.includes(form)) clean = clean.replaceAll(form, REDACTED);
      return clean;
    },
  };
}

const formsOf = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
];
