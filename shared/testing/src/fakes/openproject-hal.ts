/**
 * Answers in the form of OpenProject's API v3: HAL, and its errors by their documented identifiers. Used by the fake server.
 */
export type Hal = Readonly<Record<string, unknown>>;

export interface Reply {
  readonly status: number;
  readonly body: Hal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** HTML instead of a body. */
  readonly page?: string;
}

export const reply = (status: number, body: Hal | undefined): Reply => ({ status, body });

export const failure = (status: number, identifier: string, message: string, embedded?: Hal): Reply =>
  reply(status, {
    _type: 'Error',
    errorIdentifier: `urn:openproject-org:api:v3:errors:${identifier}`,
    message,
    ...(embedded === undefined ? {} : { _embedded: embedded }),
  });

export const violation = (attribute: string, message: string): Reply =>
  failure(422, 'PropertyConstraintViolation', message, { details: { attribute } });
