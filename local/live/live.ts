/** `GET /console/live`: tells the console of what happens, as server-sent events. One machine's alone: a deployment is polled. */
import { Readable } from 'node:stream';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { assertScope, callerFromEvent, forbidden, ownerOf } from '../../lambdas/http/caller';
import { resultOfProblem } from '../../lambdas/http/http-handler';
import type { Responder } from '../../lambdas/ports/responder';
import type { Clock, LogFields } from '../../lambdas/ports/runtime';
import { Problem } from '../../lambdas/protocol/problems';
import type { HandlerResult } from '../gateway/handler';
import { type HourSources, LastHour } from './last-hour';
import { RunningReplies } from './running-replies';

export const LIVE_ROUTE = 'GET /console/live';

/** Milliseconds between two samples; each also keeps the connections of the listeners open. */
const SAMPLE_EVERY = 10_000;

/** Milliseconds in which many changes are told as one. */
const CHANGES_EVERY = 250;

/** A listener comes back after that, so that a key that has ended shows it nothing more. Milliseconds. */
const MAX_AGE = 600_000;

/** Listeners at a time. */
const MAX_LISTENERS = 50;

/** Bytes that wait for a listener that does not read, before it is cut off. */
const MAX_UNREAD = 1_048_576;

interface Listener {
  stream: Readable;
  /** The client whose view is open. */
  clientId: string | undefined;
  /** What changed since it was told last: `list` of the connected clients, `client` and `replies` of its own. */
  changes: Set<'list' | 'client' | 'replies'>;
  isWaiting: boolean;
}

export interface Live {
  /** To be told of each line of the log: those of a client say that it has changed. */
  onLine(event: string, fields: LogFields | undefined): void;
  following(responder: Responder): Responder;
  handler(event: APIGatewayProxyEventV2): Promise<HandlerResult>;
  /** Begins to take samples, once the sources can be asked. */
  start(): void;
  stop(): void;
}

export function createLive({ clock, ...sources }: HourSources & { clock: Clock }): Live {
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
    listeners.add(listener);
    hour.refresh(clock.now());
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
        assertMayListen(event);
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

/** @throws Problem `forbidden`: it tells of all clients */
function assertMayListen(event: APIGatewayProxyEventV2): void {
  const caller = callerFromEvent(event);
  assertScope(caller, 'read');
  if (ownerOf(caller) !== undefined)
    throw forbidden('This call is about everybody; a key that is bound to labels cannot make it.');
}

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no', // nginx passes each event on at once
};
