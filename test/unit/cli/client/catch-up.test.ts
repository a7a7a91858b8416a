import { createCatchUp } from '../../../../cli/client/catch-up';
import { type JsonObject, receivedFrom } from '../../../../cli/client/frame';

/** A client that receives the given frames, and what it sends. */
function createClient() {
  const catchUp = createCatchUp();
  const sent: { type: string; data: JsonObject }[] = [];
  const send = (type: string, data: JsonObject) => `r-${sent.push({ type, data })}`;
  return {
    sent,
    take: (frame: object) => catchUp.take(receivedFrom(JSON.stringify(frame)), send).map(({ text }) => text),
  };
}

const greeting = (data: object) => ({
  type: 'connection_established',
  data: { client_id: 'a', epoch: 'e', seq: 4, broadcast: 'b4', ...data },
});

const push = (seq: number) => ({ type: 'chat_message', data: {}, message_id: `m-${seq}`, epoch: 'e', seq });
const news = (position: string) => ({ type: 'news', data: {}, message_id: position, broadcast: position });

it('requests what the same client missed, and shows each frame once', () => {
  const { sent, take } = createClient();
  take(greeting({}));
  expect(sent).toEqual([]);
  for (const frame of [push(50), news('b5')]) expect(take(frame)).toEqual([JSON.stringify(frame)]);
  expect(take(greeting({ seq: 60 }))).toHaveLength(1);
  expect(sent).toEqual([{ type: 'resume', data: { epoch: 'e', seq: 18, broadcast: 'b5' } }]);
  const exact = '{"type":"own","data":{"id":9007199254740993},"message_id":"x"}';
  const frames = [push(50), push(51), news('b3'), news('b5'), news('b6')].map((frame) => JSON.stringify(frame));
  const data = `{"recovered":true,"frames":[${[...frames, exact]}],"epoch":"e","seq":51,"broadcast":"b6","more":true}`;
  const answer = receivedFrom(`{"type":"resumed","data":${data},"reply_to":"r-1"}`);
  expect(take(JSON.parse(answer.text)).slice(0, 2)).toEqual([frames[1], frames[4]]);
  expect(sent[1]).toEqual({ type: 'resume', data: { epoch: 'e', seq: 51, broadcast: 'b6' } });
});

it('does not request anything for another client, or after the client’s history is gone', () => {
  const { sent, take } = createClient();
  take(greeting({}));
  take(greeting({ client_id: 'b' }));
  take(greeting({ client_id: 'b', epoch: 'f' }));
  expect(sent).toEqual([]);
});

it('reports that the answer may be incomplete, and stops if a request brings no progress', () => {
  const { sent, take } = createClient();
  take(greeting({}));
  take(greeting({}));
  const data = {
    recovered: false,
    reason: 'expired',
    frames: [push(5)],
    epoch: 'e',
    seq: 4,
    broadcast: 'b4',
    more: true,
  };
  const answer = { type: 'resumed', data, reply_to: 'r-1' };
  expect(take(answer)).toEqual([JSON.stringify(answer), JSON.stringify(push(5))]);
  expect(sent).toHaveLength(1);
});
