/** The tools that clients can call. Add yours to the table below. */
import * as z from 'zod/mini';
import { isoTime } from '../ports/runtime';
import { defineTool, type Tool, ToolError } from '../ports/tool';

const currentTime = defineTool({
  name: 'current_time',
  description: 'Returns the time in UTC (ISO-8601) and, if a time zone is given, the local time there.',
  params: z.object({ time_zone: z.optional(z.string().check(z.maxLength(64))) }),
  run({ time_zone: timeZone }, { clock }) {
    const now = clock.now();
    return {
      utc: isoTime(now),
      ...(timeZone !== undefined && { time_zone: timeZone, local: localTime(now, timeZone) }),
    };
  },
});

function localTime(now: number, timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(now);
  } catch {
    throw new ToolError(
      'unknown_time_zone',
      'time_zone: expected an IANA name such as Europe/Berlin or Asia/Shanghai.',
    );
  }
}

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

export const tools: readonly Tool[] = [currentTime, add];
