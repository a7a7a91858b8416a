import { summaryOf } from '../../../lambdas/broadcasts/broadcast-summary';
import type { Progress } from '../../../lambdas/ports/broadcast-store';
import { EVERYBODY } from '../../../lambdas/ports/client-store';

const STARTED_AT = '2024-01-01T00:00:00.000Z';
const MINUTE = 60_000;

function at(minutes: number): string {
  return new Date(Date.parse(STARTED_AT) + minutes * MINUTE).toISOString();
}

function progress(minutes: number, changes: Partial<Progress> = {}): Progress {
  return {
    recipients: 10,
    delivered: 7,
    gone: 2,
    failed: 1,
    pages: 1,
    finished: true,
    at: at(minutes),
    run: 'r',
    ...changes,
  };
}

function summary(segments: (Progress | undefined)[], nowMinutes: number) {
  const broadcast = {
    broadcastId: 'b',
    messageId: 'm',
    startedAt: STARTED_AT,
    audience: EVERYBODY,
    segments: segments.length,
  };
  return summaryOf({ broadcast, progress: segments }, Date.parse(STARTED_AT) + nowMinutes * MINUTE);
}

describe('the summary of a broadcast', () => {
  it('has finished when all segments have, at the time of the last', () => {
    expect(summary([progress(3), progress(5), progress(4)], 6)).toEqual({
      broadcastId: 'b',
      recipients: 30,
      delivered: 21,
      gone: 6,
      failed: 3,
      startedAt: STARTED_AT,
      updatedAt: at(5),
      finishedAt: at(5),
      stalled: false,
    });
  });

  it('is running while one segment has not finished, and tells the progress', () => {
    const running = summary([progress(1), progress(2, { finished: false }), undefined], 3);
    expect(running).toMatchObject({ recipients: 20, delivered: 14, updatedAt: at(2), stalled: false });
    expect(running.finishedAt).toBeUndefined();
  });

  it('is running from its start on, before any checkpoint', () => {
    const running = summary([undefined, undefined], 1);
    expect(running).toMatchObject({ recipients: 0, updatedAt: STARTED_AT, stalled: false });
    expect(running.finishedAt).toBeUndefined();
  });

  it.each([
    ['never started', undefined, 20],
    ['stopped midway', progress(7, { finished: false }), 27],
  ])('is stalled when a segment %s and 20 minutes have passed', (_, lost, minutes) => {
    const others = [progress(25), progress(26)];
    expect(summary([...others, lost], minutes).stalled).toBe(false);
    expect(summary([...others, lost], minutes + 0.001).stalled).toBe(true);
  });

  it('is never stalled once it has finished', () => {
    expect(summary([progress(1)], 100_000)).toMatchObject({ stalled: false, finishedAt: at(1) });
  });
});
