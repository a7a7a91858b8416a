/** The log on Lambda: a line of JSON an event. Those that are counted carry CloudWatch's embedded metric format in the same line. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Log, LogFields } from '../runtime';
import type { Environment } from './environment';
import { metricsOf } from './metrics';

export function createJsonLog(environment: Environment): Log {
  const logger = new Logger({
    serviceName: 'switchboard',
    logLevel: (environment.LOG_LEVEL ?? 'info') as 'info',
    persistentKeys: { function: environment.AWS_LAMBDA_FUNCTION_NAME },
  });

  function extra(event: string, level: 'info' | 'error', fields: LogFields) {
    return { ...fields, ...metricsOf(event, level, fields, Date.now()) };
  }

  return {
    debug: (event, fields = {}) => logger.debug(event, fields),
    info: (event, fields = {}) => logger.info(event, extra(event, 'info', fields)),
    error: (event, cause, fields = {}) => {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      logger.error(event, { ...extra(event, 'error', fields), error });
    },
  };
}
