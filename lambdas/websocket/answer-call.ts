/** Handles a client's answers to a tool call: progress and result. */
import { fitsInHistory } from '../delivery/keep';
import type { CallProgress } from '../ports/call';
import type { Dependencies } from '../ports/dependencies';
import { UnavailableError } from '../ports/errors';
import type { HistoryRecord } from '../ports/history-store';
import { isoTime } from '../ports/runtime';
import { type CallPlace, callIdOf, placeOfCall, seqOfMessageId } from '../protocol/call-id';
import { invalidMessage } from '../protocol/codec';
import { ProtocolError } from '../protocol/errors';
import { type JsonObject, stringifyJson } from '../protocol/json';
import type { Position } from '../protocol/position';
import { type ServerMessage, toolResponseAccepted } from '../protocol/server-messages';

export type AnswerCallDependencies = Pick<Dependencies, 'calls' | 'clock' | 'newId' | 'log'>;

/** The client that sent the message. */
export interface AnsweringContext {
  clientId: string;
  /** Position of the client's last frame; undefined if the store is not available. */
  position: Position | undefined;
}

/** How a message refers to its call: by call id, or by the `message_id` of its frame. */
export interface Naming {
  callId: string | undefined;
  replyTo: string | undefined;
}

export interface CallResponse extends Naming {
  /** The response's own `message_id`, if it has one. */
  messageId: string | undefined;
  status: 'completed' | 'failed';
  /** The response's `data`. */
  said: JsonObject;
}

export function createAnswerCall({ calls, clock, newId, log }: AnswerCallDependencies) {
  /** Position of the call, if it belongs to this client. @throws ProtocolError */
  async function placeOf(named: Naming, { clientId, position: last }: AnsweringContext): Promise<CallPlace> {
    const { callId, replyTo } = named;
    if (callId !== undefined) {
      const place = placeOfCall(callId);
      if (place?.clientId !== clientId) throw unknownCall(named);
      return place;
    }
    if (replyTo === undefined) {
      const message = 'Invalid input: expected the call_id of a tool_call, or its message_id in reply_to';
      throw invalidMessage([{ path: 'data.call_id', message }]);
    }
    if (!last) throw new UnavailableError(new Error('the store did not return the position of the client'));
    const seq = seqOfMessageId(replyTo);
    if (seq === undefined) throw unknownCall(named);
    const position = { epoch: last.epoch, seq };
    const item = await calls.get(clientId, position);
    if (item?.call.messageId !== replyTo) throw unknownCall(named);
    return { clientId, position };
  }

  function recordOf({ said, replyTo, messageId }: CallResponse): HistoryRecord {
    const record: HistoryRecord = {
      direction: 'in',
      messageId: messageId ?? newId(),
      type: 'tool_response',
      data: said,
      timestamp: isoTime(clock.now()),
      size: stringifyJson(said).length,
    };
    if (replyTo !== undefined) record.replyTo = replyTo;
    if (fitsInHistory(record)) return record;
    throw new ProtocolError('payload_too_large', 'The tool_response is too large to be stored; write shorter numbers.');
  }

  return {
    /** Keeps the first result. @returns undefined if the client did not ask for a confirmation */
    async respond(response: CallResponse, context: AnsweringContext): Promise<ServerMessage | undefined> {
      const { status } = response;
      const { clientId, position } = await placeOf(response, context);
      const run = newId();
      const item = await calls.end(clientId, position, { status, by: run }, recordOf(response));
      if (!item) throw unknownCall(response);
      const { end } = item.call;
      const isKept = end?.by === run;
      const late = end === undefined || end.status === 'cancelled';
      if (isKept) log.info('call_ended', { client_id: clientId, status });
      if (response.messageId === undefined) return undefined;
      return toolResponseAccepted(callIdOf({ clientId, position }), { late, duplicate: !isKept && !late });
    },

    async progress(named: Naming, progress: CallProgress, context: AnsweringContext): Promise<undefined> {
      const { clientId, position } = await placeOf(named, context);
      if (!(await calls.setProgress(clientId, position, progress))) throw unknownCall(named);
    },
  };
}

export type AnswerCall = ReturnType<typeof createAnswerCall>;

function unknownCall({ callId }: Naming): ProtocolError {
  const message = 'Invalid input: this client has no such call; use the call_id of a tool_call from the last 24 hours';
  return invalidMessage([{ path: callId === undefined ? 'reply_to' : 'data.call_id', message }]);
}
