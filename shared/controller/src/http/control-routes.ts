/**
 * Routes of a service's switches. What a service keeps beside them it shows by its own view and schema.
 */
import { controlRequestSchema } from '@leasehold/contracts';
import { defineRoute, invalidInput, nearestName, type Route } from '@leasehold/http';
import type { ZodType } from 'zod';
import type { Control, ControlState } from '../control/control.ts';

export interface ControlRoutes<S extends ControlState> {
  /** Where the routes of the service begin: `/api/v1`. */
  readonly base: string;
  /** Asked when a route is called. */
  control(): Control<S>;
  /** The names that the switches know. */
  readonly backends: readonly string[];
  readonly schema: ZodType;
  view(state: S, backends: readonly string[]): object;
  /** What is due is looked at anew. */
  onWritten(): void;
}

export const controlRoutes = <S extends ControlState>(parts: ControlRoutes<S>): readonly Route[] => [
  readControl(parts),
  writeControl(parts),
];

const readControl = <S extends ControlState>({ base, control, backends, schema, view }: ControlRoutes<S>): Route =>
  defineRoute(
    {
      method: 'GET',
      path: `${base}/control`,
      summary: 'Read the switches',
      tags: ['Control'],
      access: { roles: ['platform-admin'], tenant: 'none' },
      responses: { 200: { description: 'The switches.', schema } },
    },
    async (call) => ({
      status: 200 as const,
      body: view(await control().refresh(call.signal), backends),
    }),
  );

const writeControl = <S extends ControlState>({
  base,
  control,
  backends,
  schema,
  view,
  onWritten,
}: ControlRoutes<S>): Route =>
  defineRoute(
    {
      method: 'PUT',
      path: `${base}/control`,
      summary: 'Pause or resume reconciling, deletions, or one backend',
      description: 'What is not named stays as it is. `deletions: running` also opens the brake on mass deletion.',
      tags: ['Control'],
      access: { roles: ['platform-admin'], tenant: 'none' },
      request: { body: controlRequestSchema },
      example: { backends: { minio: 'paused' } },
      responses: { 200: { description: 'The switches now.', schema } },
    },
    async (call) => {
      const unknown = Object.keys(call.body.backends ?? {}).filter((name) => !backends.includes(name));
      if (unknown.length > 0)
        throw invalidInput(
          unknown.map((name) => {
            const near = nearestName(name, backends);
            return {
              pointer: `/backends/${name}`,
              message: `there is no backend ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ''}`,
            };
          }),
        );
      const state = await control().write(
        call.body,
        { subject: call.principal.sub, request_id: call.requestId },
        call.signal,
      );
      onWritten();
      return { status: 200 as const, body: view(state, backends) };
    },
  );
