/** Adds two numbers. */
import * as z from 'zod/mini';
import { defineTool, ToolError } from './tool';

export const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  params: z.object({ a: z.number(), b: z.number() }),
  run({ a, b }) {
    const sum = a + b;
    if (!Number.isFinite(sum)) throw new ToolError('out_of_range', 'The sum is larger than a JSON number can hold.');
    return sum;
  },
});
