/** The log as readable lines: time, level, event, and its fields. */
import { isoTime, type Log, type LogFields } from '../lambdas/ports/runtime';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** @param write  gets one line, without a line break */
export function createTerminalLog(level: LogLevel, write: (line: string) => void, now = () => Date.now()): Log {
  const least = LOG_LEVELS.indexOf(level);

  function line(of: LogLevel, event: string, fields: LogFields = {}, cause?: string): void {
    const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
    const text = shown.map(([name, value]) => `${name}=${harmless(String(value).replace(/\s+/g, ' '))}`).join(' ');
    write([isoTime(now()), of.padEnd(5), event, text, cause].filter(Boolean).join(' '));
  }

  return {
    debug: (event, fields) => void (least <= 0 && line('debug', event, fields)),
    info: (event, fields) => void (least <= 1 && line('info', event, fields)),
    warn: (event, fields) => void (least <= 2 && line('warn', event, fields)),
    error: (event, cause, fields) => void (least <= 3 && line('error', event, fields, describe(cause))),
  };
}

/**
 * An error with its stack and its causes: only for the operators' log. It may quote client input, so its lines are
 * indented to keep them distinct from events.
 */
function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return setIn(String(cause));
  const text = `\n    ${setIn(cause.stack ?? cause.message)}`;
  return cause.cause === undefined ? text : `${text}\n  caused by ${describe(cause.cause).trimStart()}`;
}

function setIn(text: string): string {
  return text
    .split(/[\r\n\u2028\u2029]+/)
    .map(harmless)
    .join('\n    ');
}

/** Escapes control characters, which could control the terminal. */
function harmless(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
