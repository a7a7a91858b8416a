import { findProblems, type Known, type Sample } from '../../../console/problems';

const NOW = Date.parse('2026-01-01T12:00:00.000Z');
const secondsAgo = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString();

function row(more: object = {}): Known['rows'][number] {
  return {
    client_id: 'a',
    connected_at: secondsAgo(3_600),
    last_activity: secondsAgo(1),
    message_count: 1,
    last_seq: 0,
    acked_seq: 0,
    labels: [],
    rate: 0,
    readAt: NOW,
    ...more,
  };
}

const sample = (seconds: number, clients: number | undefined): Sample => ({
  at: NOW - seconds * 1_000,
  clients,
  rate: 0,
  errors: 0,
});

const find = (known: Partial<Known>) =>
  findProblems({ rows: [], samples: [], failure: undefined, now: NOW, skew: 0, heartbeatSeconds: 45, ...known });

it('finds nothing if all is well', () => {
  expect(find({ rows: [row()], samples: [sample(10, 100), sample(5, 90)] })).toEqual([]);
});

it.each([
  [0, 'unreachable'],
  [403, 'denied'],
  [429, 'throttled'],
  [500, 'unavailable'],
])('explains a response of %i from /status', (status, key) => {
  expect(find({ failure: { status, message: 'why' } })).toEqual([{ key, values: { status, message: 'why' } }]);
});

it('does not report a missing key as a problem of the server', () => {
  expect(find({ failure: { status: 401, message: 'Unauthorized' } })).toEqual([]);
});

it('names a silent client, and one that has not acknowledged its frames', () => {
  const rows = [
    row(),
    row({ client_id: 'b', last_activity: secondsAgo(300) }),
    row({ client_id: 'c', last_seq: 50, acked_seq: 9 }),
  ];
  expect(find({ rows }).map(({ key, clientId, values }) => [key, clientId, values.count])).toEqual([
    ['silent', 'b', 1],
    ['behind_many', 'c', 1],
  ]);
});

it('does not call a client silent while it keeps the server’s heartbeat, however long that is', () => {
  const rows = [row({ last_activity: secondsAgo(300) })];
  expect(find({ rows, heartbeatSeconds: 240 })).toEqual([]);
  expect(find({ rows, heartbeatSeconds: undefined })).toEqual([]);
});

it('judges silence at the time a row was read, on the server’s clock', () => {
  const silence = { last_activity: secondsAgo(300) };
  expect(find({ rows: [row({ ...silence, readAt: NOW - 290_000 })] })).toEqual([]);
  expect(find({ rows: [row({ ...silence, readAt: NOW + 3_600_000 - 290_000 })], skew: -3_600_000 })).toEqual([]);
});

it('does not report a client that never acknowledges as behind', () => {
  expect(find({ rows: [row({ last_seq: 1_000 })] })).toEqual([]);
});

it('reports that many clients were lost within a minute', () => {
  expect(find({ samples: [sample(90, 500), sample(50, 100), sample(5, 40)] })).toEqual([
    { key: 'fell', values: { from: 100, to: 40 } },
  ]);
});

it('distinguishes clients that reconnect from new clients', () => {
  const rows = Array.from({ length: 20 }, () => row({ connected_at: secondsAgo(10) }));
  expect(find({ rows, samples: [sample(30, 20), sample(5, 20)] }).map(({ key }) => key)).toEqual(['storm']);
  expect(find({ rows, samples: [sample(30, 0), sample(5, 20)] })).toEqual([]);
});

it('does not mistake clients that connected just before the page was opened for reconnecting clients', () => {
  const rows = Array.from({ length: 20 }, () => row({ connected_at: secondsAgo(10) }));
  expect(find({ rows, samples: [sample(5, 20), sample(0, 20)] })).toEqual([]);
});
