/**
 * Parameters of routes that every service has.
 */
import { z } from 'zod';

/** A path parameter of any text, with an example for the documentation. */
export const exampleText = (example: string, description: string) =>
  z
    .string()
    .min(1)
    .max(256)
    .meta({ description, examples: [example] });
