/** The log on Lambda: one JSON line per event. Events that are metrics use CloudWatch's embedded metric format. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Log, LogFields } from '../ports/runtime';
import type { Environment } from './environment';
import { metricsOf } from './metrics';

export interface InvocationLog extends Log {
  /** Sets the ids for each following line. A container handles one event at a time, so there is one set. */
  begin(ids: () => LogFields): void;
}

/** Lines that are metrics are written at every level, because alarms depend on them. */
export function createJsonLog(environment: Environment): InvocationLog {
  const level = environment.LOG_LEVEL ?? 'info';
  const stack = environment.STACK_NAME;
  const logger = new Logger({
    serviceName: 'switchboard',
    logLevel: level === 'debug' ? 'DEBUG' : 'INFO',
    persistentKeys: { function: environment.AWS_LAMBDA_FUNCTION_NAME },
  });
  let ids = (): LogFields => ({});

  return {
    begin: (idsOfEvent) => {
      ids = idsOfEvent;
    },
    debug: (event, fields = {}) => {
      if (level === 'debug') logger.debug(event, { ...ids(), ...fields });
    },
    info: (event, fields = {}) => {
      const metrics = metricsOf({ event, level: 'info', fields, stack, now: Date.now() });
      if ((level === 'warn' || level === 'error') && metrics === undefined) return;
      logger.info(event, { ...ids(), ...fields, ...metrics });
    },
    warn: (event, fields = {}) => {
      const metrics = metricsOf({ event, level: 'warn', fields, stack, now: Date.now() });
      if (level === 'error' && metrics === undefined) return;
      logger.warn(event, { ...ids(), ...fields, ...metrics });
    },
    error: (event, cause, fields = {}) => {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      const metrics = metricsOf({ event, level: 'error', fields, stack, now: Date.now() });
      logger.error(event, { ...ids(), ...fields, ...metrics, error });
    },
  };
}
