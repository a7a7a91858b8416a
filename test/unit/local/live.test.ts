import { systemClock } from '../../../lambdas/ports/runtime';
import { createLive } from '../../../local/live/live';
import { LogCounts } from '../../../local/metrics/counting-log';

it('asks its sources from the start on, and not before: a server may take a while to start', () => {
  jest.useFakeTimers();
  const clients = jest.fn(() => 0);
  const live = createLive({ clock: systemClock, counts: new LogCounts(), clients, refused: () => ({}) });
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
