/**
 * AWS prices in us-east-1, in dollars, without free tiers and discounts: the single source of all cost calculations. From the public price
 * pages of API Gateway, Lambda, DynamoDB, EventBridge, Secrets Manager, CloudWatch and X-Ray.
 */

/** When they were looked up. */
export const PRICES_DATE = '2026-11';

const MILLION = 1_000_000;

export const PRICES = {
  /** A WebSocket message of up to 32 KB, in or out; a larger one counts once per 32 KB. */
  webSocketMessage: 1.0 / MILLION,
  /** Above a billion per account and region in a month. */
  webSocketMessageAboveBillion: 0.8 / MILLION,
  webSocketConnectionMinute: 0.25 / MILLION,
  /** A request to an HTTP API, of up to 512 KB. */
  httpRequest: 1.0 / MILLION,
  /** Above 300 million in a month. */
  httpRequestAbove300Million: 0.9 / MILLION,
  /** A gigabyte to the internet, for the first 10 TB in a month. */
  egressGigabyte: 0.09,
  lambdaRequest: 0.2 / MILLION,
  /** On arm64. */
  lambdaGigabyteSecond: 0.0000133334,
  /** On demand: a write of up to 1 KB. */
  dynamoWriteUnit: 0.625 / MILLION,
  /** On demand: a strongly consistent read of up to 4 KB; an eventually consistent one is half. */
  dynamoReadUnit: 0.125 / MILLION,
  /** An event of up to 64 KB to a custom bus in EventBridge. */
  busEvent: 1.0 / MILLION,
  /** Ingesting a gigabyte of logs. */
  logGigabyte: 0.5,
  /** Recording a trace. */
  trace: 5.0 / MILLION,
  secretMonth: 0.4,
  alarmMonth: 0.1,
  dashboardMonth: 3.0,
  customMetricMonth: 0.3,
} as const;

/** Bytes per metered WebSocket message. */
export const MESSAGE_METER_BYTES = 32_768;
