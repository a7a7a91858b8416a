/** After a reconnect: asks for the frames that were missed, and passes each frame on once. */
import { type JsonObject, type Received, receivedFrom, stringifyJson } from './frame';

/** Sends a message, and returns its `message_id`. */
type Send = (type: string, data: JsonObject) => string;

export interface CatchUp {
  /** @returns the frames to handle for a received one */
  take(received: Received, send: Send): Received[];
}

/** Frames may overtake each other, so this many of the last ones are asked for again. */
const OVERLAP = 32;

/** Message ids to remember. */
const MAX_SEEN = 10_000;

/** Takes the frames of one connection after the other. */
export function createCatchUp(): CatchUp {
  let clientId: unknown;
  /** What the client has, as `resume` expects it. */
  let position = { epoch: '' as unknown, seq: 0, broadcast: '' };
  /** The server repeats broadcasts of the last minutes, also from before the first connection. */
  let firstBroadcast = '';
  let asked: string | undefined;
  const seen = new Set<string>();

  function note({ frame }: Received): void {
    if (frame?.messageId === undefined) return;
    seen.add(frame.messageId);
    if (seen.size > MAX_SEEN) for (const oldest of [...seen].slice(0, MAX_SEEN / 2)) seen.delete(oldest);
    position.seq = Math.max(position.seq, frame.seq ?? 0);
    if ((frame.broadcast ?? '') > position.broadcast) position.broadcast = frame.broadcast ?? '';
  }

  function isMissed({ frame }: Received): boolean {
    const isEarlier = frame?.broadcast !== undefined && frame.broadcast <= firstBroadcast;
    return !isEarlier && !seen.has(frame?.messageId ?? '');
  }

  /** Of a greeting: asks, if it is the same client as before. */
  function greet({ client_id, epoch, seq, broadcast }: JsonObject, send: Send): void {
    if (client_id === clientId && epoch === position.epoch) {
      asked = send('resume', { ...position, seq: Math.max(0, position.seq - OVERLAP) });
      return;
    }
    clientId = client_id;
    position = { epoch, seq: Number(seq ?? 0), broadcast: String(broadcast ?? '') };
    firstBroadcast = position.broadcast;
  }

  return {
    take(received, send) {
      const { type, data = {}, replyTo } = received.frame ?? {};
      if (type === 'connection_established') greet(data, send);
      if (type !== 'resumed' || replyTo !== asked) {
        note(received);
        return [received];
      }
      const before = stringifyJson(position);
      const { frames, recovered, more, epoch, seq, broadcast } = data;
      const all = Array.isArray(frames) ? frames.map((frame) => receivedFrom(stringifyJson(frame))) : [];
      const missed = all.filter(isMissed);
      missed.forEach(note);
      position = { epoch, seq: Number(seq ?? 0), broadcast: String(broadcast ?? '') };
      if (more === true && stringifyJson(position) !== before) asked = send('resume', { ...position });
      return recovered === false ? [received, ...missed] : missed;
    },
  };
}
