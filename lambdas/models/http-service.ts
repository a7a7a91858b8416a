/**
 * A service of the team's own. Each question is a POST signed as in Standard Webhooks. The answer is JSON, or an event stream whose
 * pieces are shown as they arrive.
 */
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { Webhook } from 'standardwebhooks';
import type { HandlerContext } from '../ports/handler-context';
import type { ChatRequest } from '../ports/responder';
import { isJsonObject } from '../protocol/json';
import { MAX_MESSAGE_BYTES } from '../protocol/limits';
import { patientFetch } from './ask';
import { lastTurns } from './conversation';
import { ModelError, modelErrorFrom } from './model-error';
import type { ModelSettings } from './model-settings';

const NAME = 'the service';

/** Bytes of a JSON answer: one message, whose JSON may take six characters for one. */
const MAX_ANSWER_BYTES = 8 * MAX_MESSAGE_BYTES;

export type AskService = (request: ChatRequest, context: HandlerContext) => AsyncGenerator<string, void>;

/**
 * @param secret  `whsec_` and base64; undefined for unsigned calls. @throws ModelError if malformed
 */
export function createHttpService(settings: ModelSettings, secret: string | undefined): AskService {
  const { url, historyMessages } = settings;
  const fetch = patientFetch(settings);
  const webhook = secret === undefined ? undefined : webhookOf(secret);

  return async function* askService({ content, role }, context) {
    const history = await lastTurns(context, historyMessages);
    const { clientId: client_id, labels, signal, clock } = context;
    const body = JSON.stringify({ message: { content, role }, history, client_id, labels });
    const id = `msg_${crypto.randomUUID()}`;
    const at = new Date(clock.now());
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          ...(webhook && { 'webhook-signature': webhook.sign(id, at, body) }),
        },
        body,
        signal,
        redirect: 'error', // a signature is only for this address
      });
      if (!response.ok || !response.body) {
        await response.body?.cancel();
        throw new ModelError(`${NAME} answered ${response.status}`);
      }
      const isStream = response.headers.get('content-type')?.toLowerCase().startsWith('text/event-stream');
      if (isStream) yield* piecesOf(response.body);
      else yield contentOf(await textOf(response.body));
    } catch (error) {
      if (!signal.aborted) throw modelErrorFrom(error, NAME);
    }
  };
}

function webhookOf(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    throw new ModelError('RESPONDER_KEY must be whsec_ and a secret in base64');
  }
}

/** Yields `{"delta": "…"}` events until the body ends or `[DONE]`. @throws ModelError for an `error` event */
async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const parser = new EventSourceParserStream({ maxBufferSize: MAX_ANSWER_BYTES });
  const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(parser);
  let hasBegun = false;
  for await (const { event, data } of events) {
    if (data === '[DONE]') return;
    hasBegun = true;
    const value = jsonOf(data);
    if (event === 'error' || !isJsonObject(value) || typeof value.delta !== 'string') {
      throw new ModelError(`${NAME} sent an event without delta`);
    }
    yield value.delta;
  }
  if (!hasBegun) throw new ModelError(`${NAME} sent no event`); // cut off before the first event, or not an event stream
}

async function textOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new ModelError(`${NAME} answered more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks)); // skips a byte order mark
}

function contentOf(text: string): string {
  const value = jsonOf(text);
  if (isJsonObject(value) && typeof value.content === 'string') return value.content;
  throw new ModelError(`${NAME} answered without content`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ModelError(`${NAME} sent no JSON`);
  }
}
