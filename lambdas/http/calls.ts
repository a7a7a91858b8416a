/** Tool calls to clients over HTTP. A call may wait for its result, so this function has little memory: waiting is billed by memory. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import type { RouteKeyOf } from '../routes';
import { bodyOfCall } from './bodies';
import { type Call, createClientCalls, type StartedCall } from './client-calls';
import { createHttpHandler, type HttpAnswer, type Operations } from './http-handler';
import { appliedWait, waitFrom } from './prefer';

export type CallsDependencies = Pick<
  Dependencies,
  'clients' | 'history' | 'calls' | 'answers' | 'connections' | 'accessControl' | 'clock' | 'newId' | 'log'
>;

export function create(dependencies: CallsDependencies) {
  const calls = createClientCalls(dependencies);

  /** Answer for a caller that does not wait. */
  function answerOf({ callId, messageId, delivery }: StartedCall, clientId: string): HttpAnswer<'POST /call_tool'> {
    if (delivery === 'held') {
      return { status: 202, body: { status: 'held', message_id: messageId, delivery, call_id: callId } };
    }
    const message = `Tool called on client ${clientId}`;
    return { body: { status: 'success', message, message_id: messageId, delivery, call_id: callId } };
  }

  const operations: Operations<RouteKeyOf<'http/calls'>> = {
    async 'POST /call_tool'({ body, ids }, event) {
      const { client_id: clientId, tool_name: toolName, deadline_seconds: deadlineSeconds } = body;
      const wait = waitFrom(event.headers?.prefer);
      const request = { clientId, toolName, params: body.params ?? {}, deadlineSeconds, messageId: ids?.() };
      const started = await calls.start({ ...request, holdSeconds: body.hold_seconds });
      if (wait === undefined) return answerOf(started, clientId);
      const call = await calls.wait(started.callId, wait, true);
      const headers = appliedWait(wait);
      if (call.status !== 'pending') return { headers, body: endOf(call) };
      const { callId, deadline } = call;
      return {
        status: 202,
        headers: { ...headers, location: `/calls/${callId}` },
        body: { status: 'pending', call_id: callId, message_id: call.messageId, deadline: isoTime(deadline) },
      };
    },

    async 'GET /calls/{call_id}'({ path }, event: Pick<APIGatewayProxyEventV2, 'headers'>) {
      const wait = waitFrom(event.headers?.prefer);
      const call = await (wait === undefined ? calls.get(path.call_id) : calls.wait(path.call_id, wait));
      return { headers: appliedWait(wait), body: bodyOfCall(call) };
    },

    async 'DELETE /calls/{call_id}'({ path }) {
      const { callId, status } = await calls.cancel(path.call_id);
      return { status: 202, body: { status: status as Exclude<typeof status, 'pending'>, call_id: callId } };
    },
  };
  return createHttpHandler(operations, dependencies);
}

/** Answer for a caller that waited until the end. */
function endOf({ callId: call_id, messageId: message_id, status, result, error }: Call) {
  if (status === 'completed') return { status, call_id, message_id, result };
  if (status === 'failed') return { status, call_id, message_id, error: error ?? {} };
  return { status: status as 'cancelled' | 'expired', call_id, message_id };
}
