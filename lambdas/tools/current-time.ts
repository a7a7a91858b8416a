/** Tells the time, in a time zone of the caller's choice. */
import * as z from 'zod/mini';
import { isoTime } from '../runtime';
import { defineTool, ToolError } from './tool';

export const currentTime = defineTool({
  name: 'current_time',
  description: 'Tells the time: ISO-8601 in UTC and, where a time zone is named, what clocks show there.',
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
