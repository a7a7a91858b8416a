/** Tools called on clients, and the outcomes: results, progress, cancellation, deadlines, and clients that disconnect. */
import { randomUUID } from 'node:crypto';
import { comingBack } from './coming-back';
import type { ConformingClient } from './conforming-client';
import { eventually } from './eventually';
import type { HttpParts } from './http-api';
import type { UnderTest } from './under-test';

/** A valid call_id without a call. */
const UNKNOWN = `0mk1f3k2a9f3c-1-${Buffer.from(randomUUID()).toString('base64url')}`;

export function calls(underTest: UnderTest): void {
  const { connect, http } = underTest;
  const { connectAgain, leave } = comingBack(underTest);

  function callTool({ clientId }: ConformingClient, more: object = {}, headers: HttpParts['headers'] = {}) {
    const body = { client_id: clientId, tool_name: 'show', params: { page: 7 }, ...more };
    return http.call('POST /call_tool', { body, headers });
  }

  const WAIT = { prefer: 'wait=20' };

  async function stateOf(callId: string, headers: HttpParts['headers'] = {}) {
    const { body } = await http.call('GET /calls/{call_id}', { path: { call_id: callId }, headers });
    return body;
  }

  /** A call that nobody waits for, as its caller and its client see it. */
  async function startCall(client: ConformingClient, more: object = {}) {
    const { body } = await callTool(client, more);
    const frame = await client.takeId(body.message_id);
    return { callId: body.call_id as string, frame };
  }

  const respond = (callId: string, more: object = { result: 3 }) => ({
    type: 'tool_response',
    data: { call_id: callId, ...more },
  });

  describe('a call whose caller waits', () => {
    it('is answered with the client’s result, matched by call_id', async () => {
      const client = await connect();
      const answer = callTool(client, {}, WAIT);
      const { data, message_id } = await client.takeType('tool_call');
      expect(data).toEqual({ tool_name: 'show', params: { page: 7 }, from_api: true, call_id: data.call_id });
      client.send(respond(data.call_id, { status: 'completed', result: { shown: [7, null] } }));
      const { status, body, headers } = await answer;
      const result = { shown: [7, null] };
      expect(status).toBe(200);
      expect(body).toEqual({ status: 'completed', call_id: data.call_id, message_id, result });
      expect(headers.get('preference-applied')).toBe('wait=20');
    });

    it('is answered with the client’s result, matched by reply_to', async () => {
      const client = await connect();
      const answer = callTool(client, {}, WAIT);
      const { data, message_id } = await client.takeType('tool_call');
      client.send({ type: 'tool_response', reply_to: message_id, data: { result: 'shown' } });
      expect((await answer).body).toMatchObject({ status: 'completed', call_id: data.call_id, result: 'shown' });
    });

    it.each([[undefined], [null], [[]]])(
      'is answered with null if the client returns nothing, as data %j',
      async (data) => {
        const client = await connect();
        const { callId, frame } = await startCall(client);
        await client.ask({ type: 'tool_response', reply_to: frame.message_id, data });
        expect(await stateOf(callId)).toMatchObject({ status: 'completed', result: null });
      },
    );

    it.each([[''], [false], [null]])(
      'is answered with the result of a client that sends %j to mean no error',
      async (error) => {
        const client = await connect();
        const { callId } = await startCall(client);
        await client.ask(respond(callId, { result: 3, error }));
        expect(await stateOf(callId)).toMatchObject({ status: 'completed', result: 3 });
      },
    );

    it.each([
      ['an object', { error: { code: 'no_page', message: 'No page 7', page: 7 } }, { code: 'no_page', page: 7 }],
      ['a sentence', { error: 'No page 7' }, { code: 'tool_failed', message: 'No page 7' }],
      ['nothing', { status: 'failed' }, { code: 'tool_failed' }],
    ])('is answered with the client’s failure, which is %s', async (_, said, error) => {
      const client = await connect();
      const answer = callTool(client, {}, WAIT);
      const { data } = await client.takeType('tool_call');
      client.send(respond(data.call_id, said));
      const { status, body } = await answer;
      expect({ status, outcome: body.status }).toEqual({ status: 200, outcome: 'failed' });
      expect(body.error).toMatchObject(error);
      expect(body).not.toHaveProperty('result');
    });

    it('is pending if the client takes longer, and can be waited for again', async () => {
      const client = await connect();
      const { status, body, headers } = await callTool(client, {}, { prefer: 'wait=1' });
      const { call_id: callId } = body;
      const { message_id } = await client.takeType('tool_call');
      expect(status).toBe(202);
      expect(body).toEqual({ status: 'pending', call_id: callId, message_id, deadline: body.deadline });
      expect(headers.get('location')).toBe(`/calls/${callId}`);
      const end = stateOf(callId, WAIT);
      client.send(respond(callId));
      expect(await end).toMatchObject({ status: 'completed', result: 3 });
    });

    it('is answered as soon as its deadline has passed', async () => {
      const client = await connect();
      const { status, body } = await callTool(client, { deadline_seconds: 1 }, WAIT);
      expect({ status, outcome: body.status }).toEqual({ status: 200, outcome: 'expired' });
    });

    it('is answered as soon as it is cancelled', async () => {
      const client = await connect();
      const answer = callTool(client, {}, WAIT);
      const { data } = await client.takeType('tool_call');
      await http.call('DELETE /calls/{call_id}', { path: { call_id: data.call_id } });
      expect((await answer).body).toMatchObject({ status: 'cancelled', call_id: data.call_id });
    });

    it('gets its own result among many, whatever their order', async () => {
      const client = await connect();
      const pages = Array.from({ length: 20 }, (_, page) => page);
      const answers = pages.map((page) => callTool(client, { params: { page } }, WAIT));
      const frames = [];
      for (const _ of pages) frames.push(await client.takeType('tool_call'));
      for (const { data } of frames.reverse()) client.send(respond(data.call_id, { result: data.params.page }));
      const results = answers.map(async (answer) => {
        let { body } = await answer;
        // Twenty waiting functions are slow to start on a busy machine.
        while (body.status === 'pending') body = await stateOf(body.call_id, WAIT);
        return body.result;
      });
      expect(await Promise.all(results)).toEqual(pages);
    });
  });

  describe('POST /call_tool', () => {
    it('returns the call_id without waiting', async () => {
      const client = await connect();
      const { status, body, headers } = await callTool(client);
      const { data } = await client.takeId(body.message_id);
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: 'success', delivery: 'posted', call_id: data.call_id });
      expect(headers.get('preference-applied')).toBeNull();
    });

    it('tells the client the requested deadline', async () => {
      const client = await connect();
      const { frame, callId } = await startCall(client, { deadline_seconds: 600 });
      const seconds = (Date.parse(frame.data.deadline) - Date.parse(frame.timestamp)) / 1_000;
      expect(Math.round(seconds)).toBe(600);
      expect((await stateOf(callId)).deadline).toBe(frame.data.deadline);
    });

    it.each([0, -1, 86_401, 1.5, '60', true])('refuses deadline_seconds of %j', async (deadline_seconds) => {
      const body = { client_id: randomUUID(), tool_name: 'show', deadline_seconds };
      const answer = await http.problem('invalid_request', 'POST /call_tool', { body });
      expect(answer.body.errors).toMatchObject([{ path: 'deadline_seconds' }]);
    });

    it('with an Idempotency-Key makes one call with one result, however often it is repeated', async () => {
      const client = await connect();
      const headers = { ...WAIT, 'idempotency-key': randomUUID() };
      const first = callTool(client, {}, headers);
      const { data } = await client.takeType('tool_call');
      client.send(respond(data.call_id));
      const { text } = await first;
      await eventually(async () => expect((await callTool(client, {}, headers)).text).toBe(text));
      await client.expectOpen();
      expect(client.received.filter(({ type }) => type === 'tool_call')).toHaveLength(1);
    });
  });

  describe('GET /calls/{call_id}', () => {
    it('reports the client’s progress, then the outcome', async () => {
      const client = await connect();
      const { callId, frame } = await startCall(client);
      const pending = { call_id: callId, client_id: client.clientId, message_id: frame.message_id, status: 'pending' };
      expect(await stateOf(callId)).toEqual({ ...pending, deadline: expect.any(String) });
      const progress = { progress: 2, total: 3, message: 'Reading page 2' };
      client.send({ type: 'tool_progress', data: { call_id: callId, ...progress } });
      client.send({ type: 'tool_progress', reply_to: frame.message_id, data: { progress: 1 } });
      await client.expectOpen();
      await eventually(async () => expect(await stateOf(callId)).toMatchObject({ ...pending, progress }));
      client.send(respond(callId, { result: null }));
      expect(await stateOf(callId, WAIT)).toMatchObject({ ...pending, progress, status: 'completed', result: null });
    });

    it.each([
      ['without a call', UNKNOWN],
      ['in the wrong format', 'nobody'],
      ['of another push', undefined],
    ])('does not know an id %s', async (_, given) => {
      const client = await connect();
      const { body } = await http.call('POST /send_message', { body: { client_id: client.clientId, content: 'hi' } });
      const { epoch, seq } = await client.takeId(body.message_id);
      const ofPush = `${epoch}-${seq}-${Buffer.from(client.clientId).toString('base64url')}`;
      const path = { call_id: given ?? ofPush };
      for (const headers of [undefined, WAIT]) {
        await http.problem('call_not_found', 'GET /calls/{call_id}', { path, headers });
      }
      await http.problem('call_not_found', 'DELETE /calls/{call_id}', { path });
    });
  });

  describe('DELETE /calls/{call_id}', () => {
    it('tells the client, and a result that arrives later is refused as late and not stored', async () => {
      const client = await connect();
      const { callId } = await startCall(client);
      const path = { call_id: callId };
      const { status, body } = await http.call('DELETE /calls/{call_id}', { path });
      expect({ status, body }).toEqual({ status: 202, body: { status: 'cancelled', call_id: callId } });
      expect((await client.takeType('tool_cancel')).data).toEqual({ call_id: callId, reason: 'cancelled' });
      expect((await client.ask(respond(callId))).data).toEqual({ call_id: callId, late: true, duplicate: false });
      expect(await stateOf(callId)).toMatchObject({ status: 'cancelled' });
      expect(await stateOf(callId)).not.toHaveProperty('result');
    });

    it('leaves a call unchanged that has ended, and tells nobody', async () => {
      const client = await connect();
      const { callId } = await startCall(client);
      await client.ask(respond(callId));
      const { status, body } = await http.call('DELETE /calls/{call_id}', { path: { call_id: callId } });
      expect({ status, body }).toEqual({ status: 202, body: { status: 'completed', call_id: callId } });
      await client.expectOpen();
      expect(client.received.filter(({ type }) => type === 'tool_cancel')).toEqual([]);
    });

    it('may race with the result: whichever is first is the outcome for both', async () => {
      const client = await connect();
      for (let round = 0; round < 10; round += 1) {
        const { callId } = await startCall(client);
        const [answer, { body }] = await Promise.all([
          client.ask(respond(callId)),
          http.call('DELETE /calls/{call_id}', { path: { call_id: callId } }),
        ]);
        const { status } = await stateOf(callId);
        expect(['completed', 'cancelled']).toContain(status);
        expect(body.status).toBe(status);
        expect(answer.data).toEqual({ call_id: callId, late: status === 'cancelled', duplicate: false });
      }
    });
  });

  describe('a client’s tool_response', () => {
    it('is answered if it has a message_id, and the first response wins', async () => {
      const client = await connect();
      const { callId } = await startCall(client);
      const first = await client.ask(respond(callId, { result: 'the first result' }));
      expect(first).toMatchObject({ type: 'tool_response_accepted' });
      expect(first.data).toEqual({ call_id: callId, late: false, duplicate: false });
      const second = await client.ask(respond(callId, { result: 'another result' }));
      expect(second.data).toEqual({ call_id: callId, late: false, duplicate: true });
      expect(await stateOf(callId)).toMatchObject({ status: 'completed', result: 'the first result' });
    });

    it('is not answered without a message_id', async () => {
      const client = await connect();
      const { callId } = await startCall(client);
      client.send(respond(callId));
      expect(await stateOf(callId, WAIT)).toMatchObject({ status: 'completed' });
      await client.expectOpen();
      expect(client.received.filter(({ type }) => type === 'tool_response_accepted')).toEqual([]);
    });

    it('is in the history, after its call', async () => {
      const client = await connect();
      const { callId, frame } = await startCall(client);
      await client.ask({ ...respond(callId), reply_to: frame.message_id, message_id: 'my-response' });
      const path = { client_id: client.clientId };
      await eventually(async () => {
        const { body } = await http.call('GET /clients/{client_id}/messages', { path });
        const [response, call] = body.messages;
        expect(call).toMatchObject({ direction: 'out', type: 'tool_call', message_id: frame.message_id });
        expect(response).toMatchObject({ direction: 'in', type: 'tool_response', message_id: 'my-response' });
        expect(response).toMatchObject({ reply_to: frame.message_id, data: { call_id: callId, result: 3 } });
      });
    });

    it('counts as a client’s message', async () => {
      const client = await connect();
      const { callId } = await startCall(client);
      client.send({ type: 'tool_progress', data: { call_id: callId, progress: 1 } });
      await client.ask(respond(callId));
      const path = { client_id: client.clientId };
      await eventually(async () => {
        const { body } = await http.call('GET /clients/{client_id}', { path });
        expect(body.message_count).toBe(2);
      });
    });

    it.each(['tool_response', 'tool_progress'])(
      'as %s is refused for another client’s call, and for a call that does not exist',
      async (type) => {
        const [client, other] = await Promise.all([connect(), connect()]);
        const { callId, frame } = await startCall(other);
        const { seq: _, ...push } = frame;
        const data = { progress: 1, result: 'stolen' };
        const wrong: [object, string][] = [
          [{ data: { ...data, call_id: callId } }, 'data.call_id'],
          [{ data: { ...data, call_id: UNKNOWN } }, 'data.call_id'],
          [{ data: { ...data, call_id: 'nobody' } }, 'data.call_id'],
          [{ data, reply_to: push.message_id }, 'reply_to'],
          [{ data, reply_to: 'nobody' }, 'reply_to'],
          [{ data }, 'data.call_id'],
        ];
        for (const [message, path] of wrong) {
          const { data: error } = await client.ask({ type, ...message });
          expect(error).toMatchObject({ code: 'invalid_message', details: [{ path }] });
        }
        expect(await stateOf(callId)).toMatchObject({ status: 'pending' });
        expect(await stateOf(callId)).not.toHaveProperty('progress');
      },
    );

    it.each([
      [{ status: 'done' }, 'data.status'],
      [{ call_id: 5 }, 'data.call_id'],
      [{ call_id: 'x'.repeat(1_000) }, 'data.call_id'],
    ])('is refused if its data has %j', async (data, path) => {
      const client = await connect();
      const { data: error } = await client.ask({ type: 'tool_response', data });
      expect(error).toMatchObject({ code: 'invalid_message', details: [{ path }] });
    });

    it.each([
      [{ progress: 'half' }, 'data.progress'],
      [{ progress: -1 }, 'data.progress'],
      [{}, 'data.progress'],
      [{ progress: 1, total: 1e300 }, 'data.total'],
      [{ progress: 1, message: 'x'.repeat(501) }, 'data.message'],
    ])('with progress is refused if its data has %j', async (data, path) => {
      const client = await connect();
      const { data: error } = await client.ask({ type: 'tool_progress', data });
      expect(error).toMatchObject({ code: 'invalid_message', details: [{ path }] });
    });

    it('is late after the deadline, and the call stays expired', async () => {
      const client = await connect();
      const { callId } = await startCall(client, { deadline_seconds: 1 });
      await eventually(async () => expect(await stateOf(callId)).toMatchObject({ status: 'expired' }));
      expect((await client.ask(respond(callId))).data).toEqual({ call_id: callId, late: true, duplicate: false });
      expect(await stateOf(callId)).toMatchObject({ status: 'expired' });
    });
  });

  describe('a client that disconnects', () => {
    const resume = ({ epoch, seq }: { epoch?: string; seq?: number }) => ({ type: 'resume', data: { epoch, seq } });
    const callIdsOf = (resumed: { data: { frames: { data: { call_id?: string } }[] } }) =>
      resumed.data.frames.flatMap(({ data }) => data.call_id ?? []);

    it('gets a call that was held for it, and the caller gets the result', async () => {
      const client = await connect();
      await leave(client);
      const { status, body } = await callTool(client, { hold_seconds: 60 });
      expect({ status, body: body.status }).toEqual({ status: 202, body: 'held' });
      const again = await connectAgain(client);
      expect(callIdsOf(await again.ask(resume(client.established.data)))).toEqual([body.call_id]);
      await again.ask(respond(body.call_id));
      expect(await stateOf(body.call_id)).toMatchObject({ status: 'completed', result: 3 });
    });

    it('does not get a call whose hold has ended: it has expired', async () => {
      const client = await connect();
      await leave(client);
      const { body } = await callTool(client, { hold_seconds: 1, deadline_seconds: 3_600 });
      await eventually(async () => expect(await stateOf(body.call_id)).toMatchObject({ status: 'expired' }));
      const again = await connectAgain(client);
      expect((await again.ask(resume(client.established.data))).data).toMatchObject({ recovered: true, frames: [] });
      expect((await again.ask(respond(body.call_id))).data).toMatchObject({ late: true });
      expect(await stateOf(body.call_id)).toMatchObject({ status: 'expired' });
    });

    it('is waited for if a call may be held', async () => {
      const client = await connect();
      await leave(client);
      const answer = callTool(client, { hold_seconds: 60 }, WAIT);
      const again = await connectAgain(client);
      const { callId } = await eventually(async () => {
        const [callId] = callIdsOf(await again.ask(resume(client.established.data)));
        expect(callId).toBeDefined();
        return { callId: callId as string };
      });
      again.send(respond(callId));
      expect((await answer).body).toMatchObject({ status: 'completed', call_id: callId, result: 3 });
    });

    it('may answer on another connection than the one it was called on', async () => {
      const client = await connect();
      const answer = callTool(client, {}, WAIT);
      const { data } = await client.takeType('tool_call');
      await leave(client);
      const again = await connectAgain(client);
      again.send(respond(data.call_id));
      expect((await answer).body).toMatchObject({ status: 'completed', call_id: data.call_id });
    });

    it('gets a call again that it has not answered, but not one that has ended', async () => {
      const client = await connect();
      const answered = await startCall(client);
      const cancelled = await startCall(client);
      const pending = await startCall(client);
      await client.ask(respond(answered.callId));
      await http.call('DELETE /calls/{call_id}', { path: { call_id: cancelled.callId } });
      await leave(client);
      const again = await connectAgain(client);
      const resumed = await again.ask(resume(client.established.data));
      expect(callIdsOf(resumed)).toEqual([pending.callId]);
      expect(resumed.data).toMatchObject({ recovered: true, void: [answered.frame.seq, cancelled.frame.seq] });
      expect(resumed.data.frames[0]).toEqual(pending.frame);
    });
  });
}
