/** The meaning of WebSocket close codes, for the user. */

export interface Closed {
  code: number;
  reason: string;
  /** True if the server has told the client not to reconnect. */
  isForGood?: boolean;
  /** Milliseconds after which the server wants the client back. */
  afterMs?: number;
}

/** The longest wait that a server can ask for, in milliseconds. */
const LONGEST_WAIT = 600_000;

/** From the data of `connection_closing`. */
export function closingFrom({ reconnect, after_ms }: Record<string, unknown>): Pick<Closed, 'isForGood' | 'afterMs'> {
  const afterMs = typeof after_ms === 'number' && after_ms > 0 ? Math.min(after_ms, LONGEST_WAIT) : 0;
  return { isForGood: reconnect === false, afterMs };
}

/** After these codes a retry with the same client or messages would fail again. */
const FOR_GOOD = new Set([1000, 1002, 1003, 1007]);

/** Whether to reconnect automatically. */
export function mayReturn({ code, isForGood = false }: Closed): boolean {
  return !isForGood && !FOR_GOOD.has(code);
}

const meanings = new Map([
  [1000, 'the conversation is over'],
  [1001, 'the server is stopping, or this connection was idle or open for too long'],
  [1002, 'a violation of the WebSocket protocol'],
  [1003, 'the server only accepts text'],
  [1005, 'the server gave no reason'],
  [1006, 'the connection was lost: the server was killed, or the network failed'],
  [1007, 'a message was not valid UTF-8'],
  [1008, 'the server does not allow this, or no longer allows it'],
  [1009, 'a message or a frame was too large for the server'],
  [1011, 'the server failed: its log says why'],
  [1012, 'the server is restarting'],
  [1013, 'the server is busy: try again later'],
]);

export function closingLine({ code, reason }: Closed): string {
  const meaning = meanings.get(code) ?? 'a code of this server';
  return `Closed with ${code}${reason ? ` "${reason}"` : ''}: ${meaning}.`;
}
