/** Collects metrics of the server, and serves them at `GET /metrics`. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { callerFromEvent } from '../../lambdas/http/caller';
import { createGuard } from '../../lambdas/http/guard';
import { resultOfError } from '../../lambdas/http/http-handler';
import type { Log, LogFields } from '../../lambdas/ports/runtime';
import type { AnsweredRequest } from '../gateway/http-server';
import type { HostDependencies } from '../host';
import { BroadcastCounts } from './broadcast-counts';
import { createCountingLog, type LogCounts } from './counting-log';
import type { MetricSources, Metrics } from './metrics';
import { RequestCounts } from './request-counts';
import { StoreTimes } from './store-times';

/** Only on one machine: a deployment has CloudWatch. */
export const METRICS_ROUTES = ['GET /metrics', 'HEAD /metrics'];

export interface Metering {
  /** The log that counts. */
  log: Log;
  /** Wraps the dependencies: stores are timed and broadcasts counted. */
  counted(dependencies: HostDependencies): HostDependencies;
  onAnswered(request: AnsweredRequest): void;
  handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2>;
  stop(): void;
}

export interface MeteringOptions extends Omit<MetricSources, 'log' | 'requests' | 'broadcasts' | 'stores'> {
  log: Log;
  counts: LogCounts;
  /** Called for each line of the log. */
  onLine(event: string, fields: LogFields | undefined): void;
  /** The key that a scrape needs; empty if the gateway's authorizer decides, or there is no access control. */
  key: string;
  accessControl: boolean;
}

export function createMetering({ log, counts, onLine, key, accessControl, ...others }: MeteringOptions): Metering {
  const requests = new RequestCounts();
  const broadcasts = new BroadcastCounts();
  const stores = new StoreTimes();
  const guard = createGuard({});
  let metrics: Promise<Metrics> | undefined;

  /** Lazy import: a server that is never scraped does not load the library. */
  async function load(): Promise<Metrics> {
    const { createMetrics } = await import('./metrics');
    return createMetrics({ ...others, log: counts, requests, broadcasts, stores });
  }

  const countingLog = createCountingLog(log, counts, onLine);
  return {
    log: countingLog,
    counted(dependencies) {
      const timed = stores.timed(dependencies);
      return { ...timed, broadcasts: broadcasts.counting(timed.broadcasts) };
    },
    onAnswered({ routeKey, status, milliseconds, sourceIp }) {
      requests.add(routeKey, status);
      countingLog.debug('http_request', { route: routeKey, status, ms: milliseconds, source_ip: sourceIp });
    },
    async handler(event) {
      if (key !== '' && !isKey(event.headers.authorization, key)) return UNAUTHORIZED;
      try {
        const caller = callerFromEvent(event, accessControl && key === '');
        guard.admit('GET /metrics', { access: 'api_key' }, caller); // metrics cover all clients
      } catch (error) {
        return resultOfError(error, event.routeKey, log);
      }
      metrics ??= load();
      const { contentType, text } = await metrics;
      return {
        statusCode: 200,
        headers: { 'content-type': contentType, 'cache-control': 'no-store' },
        body: await text(),
      };
    },
    stop: () => stores.stop(),
  };
}

const UNAUTHORIZED = {
  statusCode: 401,
  headers: { 'content-type': 'application/json', 'www-authenticate': 'Bearer' },
  body: JSON.stringify({ message: 'Unauthorized' }),
};

function isKey(authorization: string | undefined, key: string): boolean {
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  return given !== undefined && timingSafeEqual(hash(given), hash(key));
}

/** Hashed to one length, as the constant-time comparison requires. */
function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
