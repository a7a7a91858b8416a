/** The tests' app: changes that a team makes to `lambdas/app` must not break tests. */
import * as z from 'zod/mini';
import type { App } from '../../lambdas/ports/app';
import { isoTime } from '../../lambdas/ports/runtime';
import { defineTool, ToolError } from '../../lambdas/ports/tool';

const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  params: z.object({ a: z.number(), b: z.number() }),
  run({ a, b }) {
    const sum = a + b;
    if (!Number.isFinite(sum)) throw new ToolError('out_of_range', 'The sum is too large for a JSON number.');
    return sum;
  },
});

const currentTime = defineTool({
  name: 'current_time',
  description: 'Tells the time.',
  params: z.object({ time_zone: z.optional(z.string().check(z.maxLength(64))) }),
  run({ time_zone: timeZone }, { clock }) {
    if (timeZone === undefined) return { utc: isoTime(clock.now()) };
    try {
      const local = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
      return { utc: isoTime(clock.now()), time_zone: timeZone, local: local.format(clock.now()) };
    } catch {
      throw new ToolError('unknown_time_zone', 'time_zone: expected an IANA name such as Asia/Shanghai.');
    }
  },
});

export const testApp: App = {
  responder: {
    model: 'echo',
    inline: true,
    async respond({ content }, context) {
      if (content === 'history?') return `${(await context.history(10)).length} messages`;
      if (content === 'secret?') return context.secret('ANSWERS_KEY');
      return `Echo: ${content}`;
    },
  },
  tools: [currentTime, add],
  messageTypes: {},
  settings: {},
};
