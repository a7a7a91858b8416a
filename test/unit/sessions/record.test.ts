import { frameOf } from '../../../lambdas/protocol/codec';
import { keep, recordOfFrame } from '../../../lambdas/sessions/record';
import { createRecordingLog, createTestSessions } from '../../support/fakes';

/** A message of a client as history would have it, out of its text. */
function received(messageId: string, text: string) {
  const { type, data } = JSON.parse(text);
  return recordOfFrame('a', 'in', frameOf({ type, data }, messageId, '2024-01-01T00:00:00.000Z'), text.length);
}

/** As long as a message may be, of so many equal parts. */
function listOf(part: string): string {
  const count = Math.floor(130_000 / (part.length + 1));
  return `{"type":"tool_call","data":{"tool_name":"x","params":{"list":[${Array(count).fill(part).join(',')}]}}}`;
}

describe('keeping', () => {
  it('leaves out a message that would not fit in the store when it is written again, and no other', async () => {
    const log = createRecordingLog();
    const sessions = createTestSessions();
    const growing = received('growing', listOf('1e20'));
    expect(JSON.stringify(growing.data).length).toBeGreaterThan(409_600); // an item of DynamoDB
    await keep([received('long', listOf('"€"')), growing, received('numbers', listOf('123456'))], sessions, log);
    const { rows } = await sessions.history('a', { limit: 10 });
    expect(rows.map(({ messageId }) => messageId)).toEqual(['numbers', 'long']);
    expect(log).toMatchObject({ infos: ['history_left_out'], errors: [] }); // a client must not be able to raise an alarm
  });
});
