import type { Readable } from 'node:stream';
import { systemClock } from '../../../lambdas/ports/runtime';
import { createLive } from '../../../local/live/live';
import { LogCounts } from '../../../local/metrics/counting-log';
import { createFakeClock } from '../../support/fake-clock';

it('polls its sources only after the start, because a server may take a while to start', () => {
  jest.useFakeTimers();
  const clients = jest.fn(() => 0);
  const live = createLive({
    clock: systemClock,
    counts: new LogCounts(),
    clients,
    refused: () => ({}),
    accessControl: false,
  });
  jest.advanceTimersByTime(60_000);
  expect(clients).not.toHaveBeenCalled();
  live.start();
  jest.advanceTimersByTime(60_000);
  expect(clients).toHaveBeenCalled();
  live.stop();
  const calls = clients.mock.calls.length;
  jest.advanceTimersByTime(60_000);
  expect(clients).toHaveBeenCalledTimes(calls);
  jest.useRealTimers();
});

it('reports an error to every listener, even after another has been added', async () => {
  const clock = createFakeClock();
  const counts = new LogCounts();
  const live = createLive({ clock, counts, clients: () => 0, refused: () => ({}), accessControl: false });
  const listen = async () => {
    const result = await live.handler({ requestContext: {}, queryStringParameters: {} } as never);
    return (result as { stream: Readable }).stream;
  };
  const first = await listen();
  first.read();
  counts.errors.set('push_failed', 1);
  clock.advance(5_000);
  const second = await listen();
  for (const stream of [first, second]) expect(String(stream.read())).toContain('"errors":{"push_failed":1}');
  live.stop();
});
