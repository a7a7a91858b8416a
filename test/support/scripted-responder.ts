/** A responder that answers what and when its test says. */
import type { HandlerContext } from '../../lambdas/ports/handler-context';
import type { ChatRequest, Responder } from '../../lambdas/ports/responder';

/** One answer in progress. */
export interface Call {
  request: ChatRequest;
  context: HandlerContext;
  /** Adds a piece. */
  say(piece: string): void;
  /** Ends the answer. */
  end(error?: Error): void;
}

export interface ScriptedResponder extends Responder {
  /** The next answer that is requested. */
  next(): Promise<Call>;
  /** Number of requested answers. */
  count(): number;
}

export function createScriptedResponder(): ScriptedResponder {
  const calls: Call[] = [];
  const waiting: ((call: Call) => void)[] = [];
  let count = 0;

  return {
    model: 'scripted',
    count: () => count,
    next() {
      const call = calls.shift();
      return call ? Promise.resolve(call) : new Promise((resolve) => waiting.push(resolve));
    },
    async *respond(request, context) {
      count += 1;
      const pieces: (string | Error | undefined)[] = [];
      let wake = () => {};
      const add = (piece: string | Error | undefined) => {
        pieces.push(piece);
        wake();
      };
      const call: Call = { request, context, say: add, end: add };
      const waiter = waiting.shift();
      if (waiter) waiter(call);
      else calls.push(call);
      for (;;) {
        while (pieces.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const piece = pieces.shift();
        if (piece instanceof Error) throw piece;
        if (piece === undefined) return;
        yield piece;
      }
    },
  };
}
