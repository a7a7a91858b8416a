/** zod instead of `zod/mini`: what the message schemas use of `zod/mini`, under the same names. */
import { gte, lte, type ZodObject, type ZodRawShape } from 'zod';

export * from 'zod';
export const minimum = gte;
export const maximum = lte;
export const extend = (schema: ZodObject, shape: ZodRawShape) => schema.extend(shape);
