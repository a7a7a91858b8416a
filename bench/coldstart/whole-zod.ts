/** zod in place of `zod/mini`: what the message schemas use of the one, by the names of the other. */
import { gte, lte, type ZodObject, type ZodRawShape } from 'zod';

export * from 'zod';
export const minimum = gte;
export const maximum = lte;
export const extend = (schema: ZodObject, shape: ZodRawShape) => schema.extend(shape);
