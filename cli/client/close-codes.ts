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
  [1001, 'the server stops, or this connection was idle or open for too long'],
  [1002, 'one side broke the rules of WebSocket'],
  [1003, 'the server takes text, and got something else'],
  [1005, 'the server gave no reason'],
  [1006, 'the connection broke off: the server was killed, or the network between is gone'],
  [1007, 'a message was not valid UTF-8'],
  [1008, 'the server does not allow this client what it did, or not any longer'],
  [1009, 'a message or one frame of it was larger than the server takes'],
  [1011, 'the server failed: its log says why'],
  [1012, 'the server restarts'],
  [1013, 'the server is busy: try again later'],
]);

export function closingLine({ code, reason }: Closed): string {
  const meaning = meanings.get(code) ?? 'a code of the server itself';
  return `Closed with ${code}${reason ? ` "${reason}"` : ''}: ${meaning}.`;
}
