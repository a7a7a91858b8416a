/** Which errors of the SDK are outages, and which are mistakes in our code. */
import { isOutage, withOutages } from '../../../lambdas/aws/outages';
import { UnavailableError } from '../../../lambdas/ports/errors';

function sdkError(name: string, more: object = {}): Error {
  return Object.assign(new Error('what the service said'), { name, ...more });
}

const OUTAGES = [
  sdkError('InternalServerError', { $metadata: { httpStatusCode: 500 } }),
  sdkError('SomethingNew', { $metadata: { httpStatusCode: 503 } }),
  sdkError('ProvisionedThroughputExceededException', { $metadata: { httpStatusCode: 400 } }),
  sdkError('ThrottlingException', { $metadata: { httpStatusCode: 400 } }),
  sdkError('TooManyRequestsException', { $metadata: { httpStatusCode: 429 } }),
  sdkError('TimeoutError'),
  sdkError('Error', { code: 'ECONNREFUSED' }),
  sdkError('AggregateError', { code: 'ECONNREFUSED' }), // from Node, if a name has several addresses
  sdkError('Error', { code: 'ENOTFOUND' }),
];

const MISTAKES = [
  sdkError('ValidationException', { $metadata: { httpStatusCode: 400 } }),
  sdkError('AccessDeniedException', { $metadata: { httpStatusCode: 400 } }),
  sdkError('ResourceNotFoundException', { $metadata: { httpStatusCode: 400 } }),
  sdkError('ConditionalCheckFailedException', { $metadata: { httpStatusCode: 400 } }),
  new TypeError('undefined is not a function'),
  'text',
  undefined,
];

it.each(OUTAGES)('%s is an outage', (error) => {
  expect(isOutage(error)).toBe(true);
});

it.each(MISTAKES)('%s is not an outage', (error) => {
  expect(isOutage(error)).toBe(false);
});

it('a port throws UnavailableError with its cause for an outage, and rethrows everything else', async () => {
  const mistake = new Error('ours');
  const [outage] = OUTAGES;
  const port = withOutages({
    fine: async (one: number, two: number) => one + two,
    down: async () => {
      throw outage;
    },
    wrong: async () => {
      throw mistake;
    },
  });
  expect(await port.fine(1, 2)).toBe(3);
  const thrown = await port.down().catch((error) => error);
  expect(thrown).toBeInstanceOf(UnavailableError);
  expect(thrown.cause).toBe(outage);
  await expect(port.wrong()).rejects.toBe(mistake);
});
