/** `GET /console/live`: streams changes to the console as server-sent events. Only on one machine: on AWS the console polls. */
import { Readable } from 'node:stream';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { assertScope, type Caller, callerFromEvent, forbidden, ownerOf } from '../../lambdas/http/caller';
import { resultOfProblem } from '../../lambdas/http/http-handler';
import type { Responder } from '../../lambdas/ports/responder';
import type { Clock, LogFields } from '../../lambdas/ports/runtime';
import { Problem } from '../../lambdas/protocol/problems';
import type { HandlerResult } from '../gateway/handler';
import { type HourSources, LastHour } from './last-hour';
import { RunningReplies } from './running-replies';

export const LIVE_ROUTE = 'GET /console/live';

/** Milliseconds between samples, which also keep the listeners' connections open. */
const SAMPLE_EVERY = 10_000;

/** How long changes are batched, in milliseconds. */
const CHANGES_EVERY = 250;

/** Milliseconds after which a listener must reconnect, so that an expired key stops working. */
const MAX_AGE = 600_000;

/** Maximum number of listeners. */
const MAX_LISTENERS = 50;

/** Unread bytes after which a listener is cut off. */
const MAX_UNREAD = 1_048_576;

interface Listener {
  stream: Readable;
  /** The client that the page shows. */
  clientId: string | undefined;
  /** Changes since the last event: `list` of connected clients, or `client` and `replies` of the client that it shows. */
  changes: Set<'list' | 'client' | 'replies'>;
  isWaiting: boolean;
}

export interface Live {
  /** Call it for each log line: a line about a client means that the client has changed. */
  onLine(event: string, fields: LogFields | undefined): void;
  following(responder: Responder): Responder;
  handler(event: APIGatewayProxyEventV2): Promise<HandlerResult>;
  /** Starts taking samples, once the sources are ready. */
  start(): void;
  stop(): void;
}

export interface LiveOptions extends HourSources {
  clock: Clock;
  accessControl: boolean;
}

export function createLive({ clock, accessControl, ...sources }: LiveOptions): Live {
  const listeners = new Set<Listener>();
  const hour = new LastHour(sources, clock.now());
  const replies = new RunningReplies(clock, (clientId) => change('replies', clientId));
  let sampler: NodeJS.Timeout | undefined;

  function takeSample(): void {
    const sample = hour.take(clock.now());
    for (const listener of listeners) send(listener, 'hour', { samples: [sample] });
  }

  function send({ stream }: Listener, event: string, data: object): void {
    if (stream.readableLength > MAX_UNREAD) stream.destroy();
    else stream.push(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  function change(what: 'list' | 'client' | 'replies', clientId?: string): void {
    for (const listener of listeners) {
      if (clientId !== undefined && listener.clientId !== clientId) continue;
      listener.changes.add(what);
      if (listener.isWaiting) continue;
      listener.isWaiting = true;
      setTimeout(tell, CHANGES_EVERY, listener).unref();
    }
  }

  function tell(listener: Listener): void {
    const { changes, clientId } = listener;
    listener.isWaiting = false;
    if (changes.has('replies') && clientId !== undefined) sendReplies(listener, clientId);
    if (changes.has('list')) send(listener, 'list', {});
    if (changes.has('client')) send(listener, 'client', {});
    changes.clear();
  }

  function sendReplies(listener: Listener, clientId: string): void {
    send(listener, 'replies', { client_id: clientId, replies: replies.of(clientId) });
  }

  function listen({ client_id: clientId, after }: Record<string, string | undefined>): Readable {
    const stream = new Readable({ read() {} });
    const listener: Listener = { stream, clientId, changes: new Set(), isWaiting: false };
    const end = setTimeout(() => stream.push(null), MAX_AGE).unref();
    stream.once('close', () => {
      listeners.delete(listener);
      clearTimeout(end);
    });
    if (!hour.isFresh(clock.now())) takeSample(); // for all listeners, because each sample counts since the one before
    listeners.add(listener);
    send(listener, 'hour', { samples: hour.after(Number(after) || 0) });
    if (clientId !== undefined) sendReplies(listener, clientId);
    return stream;
  }

  return {
    onLine(event, fields) {
      if (listeners.size === 0) return;
      if (event === 'connected' || event === 'disconnected') change('list');
      const clientId = fields?.client_id;
      if (typeof clientId === 'string') change('client', clientId);
    },
    following: (responder) => replies.following(responder),
    async handler(event) {
      try {
        assertMayListen(callerFromEvent(event, accessControl));
        if (listeners.size >= MAX_LISTENERS) throw new Problem('unavailable', 'Too many consoles are open.');
      } catch (error) {
        if (error instanceof Problem) return resultOfProblem(error);
        throw error;
      }
      return { statusCode: 200, headers: HEADERS, stream: listen(event.queryStringParameters ?? {}) };
    },
    start() {
      sampler = setInterval(takeSample, SAMPLE_EVERY).unref();
    },
    stop() {
      clearInterval(sampler);
      for (const { stream } of listeners) stream.push(null);
    },
  };
}

/** @throws Problem `forbidden` for keys bound to labels: the stream covers all clients */
function assertMayListen(caller: Caller): void {
  assertScope(caller, 'read');
  if (ownerOf(caller) !== undefined)
    throw forbidden('This call is about everybody; a key that is bound to labels cannot make it.');
}

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no', // turns off nginx's buffering
};
