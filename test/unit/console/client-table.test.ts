import type { Client } from '../../../console/answers';
import { ClientTable, filtered, type Row, sorted } from '../../../console/client-table';

function client(client_id: string, more: Partial<Client> = {}): Client {
  const connected_at = '2026-01-01T00:00:00.000Z';
  return {
    client_id,
    connected_at,
    last_activity: connected_at,
    message_count: 0,
    last_seq: 0,
    acked_seq: 0,
    labels: [],
    ...more,
  };
}

const idsOf = (rows: readonly Row[]) => rows.map(({ client_id }) => client_id);

function rowsOf(...clients: Client[]): Row[] {
  const table = new ClientTable();
  table.add(clients, 0);
  return table.rows();
}

it('forgets a client that a whole round of pages did not contain, and no other', () => {
  const table = new ClientTable();
  table.add([client('a'), client('b')], 0);
  table.endSweep();
  table.add([client('b')], 1_000);
  expect(idsOf(table.rows())).toEqual(['a', 'b']);
  table.endSweep();
  expect(idsOf(table.rows())).toEqual(['b']);
});

it('computes the rate of a client from two readings of its count, but not across a reconnect', () => {
  const table = new ClientTable();
  table.add([client('a', { message_count: 10 }), client('b', { message_count: 10 })], 0);
  table.add(
    [client('a', { message_count: 40 }), client('b', { message_count: 40, connected_at: '2026-01-02T00:00:00.000Z' })],
    10_000,
  );
  expect(table.rows().map(({ rate }) => rate)).toEqual([3, 0]);
});

it('sorts by the chosen order, and equal clients by id', () => {
  const rows = rowsOf(
    client('b', { message_count: 1, last_seq: 30, acked_seq: 10 }),
    client('c', { message_count: 2, last_seq: 99 }),
    client('a', { message_count: 1, connected_at: '2026-01-02T00:00:00.000Z', last_seq: 30, acked_seq: 29 }),
  );
  expect(idsOf(sorted(rows, 'busiest'))).toEqual(['c', 'a', 'b']);
  expect(idsOf(sorted(rows, 'newest'))).toEqual(['a', 'b', 'c']);
  expect(idsOf(sorted(rows, 'behind'))).toEqual(['b', 'a', 'c']); // c never acknowledges
});

it('filters by words, each found in the id or in a label', () => {
  const rows = rowsOf(client('abc', { labels: ['Berlin'] }), client('abd', { labels: ['vip'] }));
  expect(idsOf(filtered(rows, ' AB berl '))).toEqual(['abc']);
  expect(idsOf(filtered(rows, 'vip'))).toEqual(['abd']);
  expect(idsOf(filtered(rows, ''))).toEqual(['abc', 'abd']);
  expect(filtered(rows, 'nothing')).toEqual([]);
});
