/**
 * Events on a deployed stack, through all that the CDK makes for them: the streams of the tables, the function that reads them, the
 * bus, the rule, and the queue.
 */
import { randomUUID } from 'node:crypto';
import { CloudEvent } from 'cloudevents';
import { signedHeaders } from '../support/signed-call';
import { eventually } from './suite/eventually';
import type { UnderTest } from './suite/under-test';

/** The most that SQS gives at once. */
const MESSAGES_AT_ONCE = 10;

/** Takes what waits in the queue, each message once within its visibility timeout. @returns the details of EventBridge's events */
async function takeAll(queueUrl: string): Promise<CloudEvent<Record<string, unknown>>[]> {
  const {
    AWS_ENDPOINT_URL = '',
    AWS_REGION: region = '',
    AWS_ACCESS_KEY_ID = '',
    AWS_SECRET_ACCESS_KEY = '',
  } = process.env;
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  const body = JSON.stringify({ QueueUrl: queueUrl, MaxNumberOfMessages: MESSAGES_AT_ONCE });
  const taken = [];
  for (;;) {
    const signed = await signedHeaders('POST', `${AWS_ENDPOINT_URL}/`, body, credentials, { service: 'sqs', region });
    const headers = {
      ...signed,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.ReceiveMessage',
    };
    const answer = await fetch(`${AWS_ENDPOINT_URL}/`, { method: 'POST', headers, body });
    const { Messages: messages = [] } = (await answer.json()) as { Messages?: { Body: string }[] };
    expect(answer.status).toBe(200);
    if (messages.length === 0) return taken;
    for (const { Body } of messages) {
      const { source, detail, 'detail-type': detailType } = JSON.parse(Body);
      expect([source, detailType]).toEqual(['switchboard', detail.type]);
      taken.push(new CloudEvent<Record<string, unknown>>(detail)); // throws if it is not one
    }
  }
}

export function eventQueue({ connect, http }: UnderTest, queueUrl: string): void {
  describe('events in the queue', () => {
    it('are of a client, its messages, its calls and broadcasts', async () => {
      const client = await connect();
      const [messageId, { clientId }] = [randomUUID(), client];
      await client.ask({ type: 'chat_message', data: { content: 'hello' }, message_id: messageId });
      const called = await http.call('POST /call_tool', { body: { client_id: clientId, tool_name: 'open' } });
      const { call_id, message_id: callMessage } = called.body;
      await client.takeId(callMessage);
      await client.ask({ type: 'tool_response', data: { call_id, result: 'done' } });
      const { body: sent } = await http.call('POST /broadcast', { body: { message_type: 'news', data: {} } });
      await client.takeId(sent.message_id);
      await client.close();

      const wanted = [
        { type: 'client.connected', subject: clientId },
        { type: 'message.received', subject: clientId, data: { message_id: messageId, message_type: 'chat_message' } },
        { type: 'message.delivered', subject: clientId, data: { reply_to: messageId } },
        { type: 'message.delivered', subject: clientId, data: { message_id: callMessage } },
        { type: 'call.completed', subject: clientId, data: { call_id, status: 'completed' } },
        { type: 'client.disconnected', subject: clientId },
        { type: 'broadcast.completed', subject: sent.broadcast_id },
      ];
      const events: CloudEvent<Record<string, unknown>>[] = [];
      await eventually(async () => {
        events.push(...(await takeAll(queueUrl)));
        for (const event of wanted) expect(events).toContainEqual(expect.objectContaining(matching(event)));
      });
      const own = events.filter(({ subject }) => subject === clientId);
      const order = own.toSorted((a, b) => (String(a.sequence) < String(b.sequence) ? -1 : 1)).map(({ type }) => type);
      expect([order[0], order.at(-1)]).toEqual(['client.connected', 'client.disconnected']);
      const { body } = await http.call('GET /events');
      expect(JSON.stringify(own).includes('hello')).toBe(body.contents);
      expect(body).toMatchObject({ destination: 'eventbridge', bus: expect.stringMatching(/-events$/) });
    });
  });
}

function matching({ data, ...event }: { type: string; subject: string; data?: object }) {
  return { ...event, ...(data && { data: expect.objectContaining(data) }) };
}
