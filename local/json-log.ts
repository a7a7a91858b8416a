/** The log as JSON, one line per event, with the same names as on AWS: `level`, `message` (the event), `timestamp`. */
import { isoTime, type Log, type LogFields } from '../lambdas/ports/runtime';
import { LOG_LEVELS, type LogLevel } from './terminal-log';

/** @param write  gets one line, without a line break */
export function createJsonLog(level: LogLevel, write: (line: string) => void, now = () => Date.now()): Log {
  const least = LOG_LEVELS.indexOf(level);

  function line(of: LogLevel, message: string, fields: LogFields = {}, error?: object): void {
    if (LOG_LEVELS.indexOf(of) < least) return;
    const own = { level: of.toUpperCase(), message, timestamp: isoTime(now()), ...(error && { error }) };
    write(JSON.stringify({ ...own, ...besides(own, fields) }));
  }

  return {
    debug: (event, fields) => line('debug', event, fields),
    info: (event, fields) => line('info', event, fields),
    warn: (event, fields) => line('warn', event, fields),
    error: (event, cause, fields) => line('error', event, fields, describe(cause)),
  };
}

/** Fields with a name that the line uses itself get an underscore, so that neither value is lost. */
function besides(own: object, fields: LogFields): LogFields {
  const names = Object.keys(fields);
  if (!names.some((name) => name in own)) return fields;
  return Object.fromEntries(names.map((name) => [name in own ? `${name}_` : name, fields[name]]));
}

/** An error with its stack and its causes: only for the operators' log. */
function describe(cause: unknown): object {
  if (!(cause instanceof Error)) return { message: String(cause) };
  const { name, message, stack } = cause;
  return { name, message, stack, ...(cause.cause !== undefined && { cause: describe(cause.cause) }) };
}
