import { setTimeout as sleep } from 'node:timers/promises';
import { closingFrom } from '../../../../cli/client/close-codes';
import { connectAgain } from '../../../../cli/client/connect-again';
import { ConnectError } from '../../../../cli/client/connect-error';
import type { Connection } from '../../../../cli/client/connection';

jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn(async () => {}) }));

it('waits as long as the server asked, once, and a random time before each later attempt', async () => {
  const connection = {} as Connection;
  const refused = ConnectError.fromStatus(503, new URL('ws://localhost'));
  const connect = jest.fn<Promise<Connection>, []>().mockRejectedValueOnce(refused).mockResolvedValue(connection);
  expect(await connectAgain(connect, closingFrom({ reconnect: true, after_ms: 4_000 }).afterMs)).toBe(connection);
  const [first, ...others] = jest.mocked(sleep).mock.calls.map(([milliseconds]) => milliseconds);
  expect(first).toBe(4_000);
  expect(others).toHaveLength(2);
  for (const milliseconds of others) expect(milliseconds).toBeLessThan(1_000);
});

it.each([
  [{ reconnect: false }, { isForGood: true, afterMs: 0 }],
  [{ after_ms: null }, { isForGood: false, afterMs: 0 }],
  [{ after_ms: -1 }, { isForGood: false, afterMs: 0 }],
  [{ after_ms: 1e12 }, { isForGood: false, afterMs: 600_000 }],
])('uses only the valid fields of connection_closing %j', (data, expected) => {
  expect(closingFrom(data)).toEqual(expected);
});
