/** Calls about events, on a server without receivers of events. */
import { randomUUID } from 'node:crypto';
import type { UnderTest } from './under-test';

export function events({ http }: UnderTest): void {
  describe('events', () => {
    it('GET /events says where events are sent', async () => {
      const { status, body } = await http.call('GET /events');
      expect({ status, dropped: body.dropped, receivers: body.receivers }).toEqual({
        status: 200,
        dropped: 0,
        receivers: [],
      });
    });

    it('GET /events/failed lists those that a receiver did not accept', async () => {
      const { status, body } = await http.call('GET /events/failed', { query: { limit: 10 } });
      expect({ status, body }).toEqual({ status: 200, body: { events: [] } });
      await http.problem('invalid_request', 'GET /events/failed', { query: { limit: 0 } });
    });

    it('POST /events/replay sends them again, once per Idempotency-Key', async () => {
      const parts = { body: {}, headers: { 'idempotency-key': randomUUID() } };
      const first = await http.call('POST /events/replay', parts);
      expect([first.status, first.body]).toEqual([202, { status: 'accepted', replayed: 0 }]);
      const again = await http.call('POST /events/replay', parts);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      await http.problem('receiver_not_found', 'POST /events/replay', { body: { receiver: 'nobody' } });
    });
  });
}
