/** Maps MCP requests to the calls that they made, by session and request id, so that the sender can cancel them. */
import { createHash } from 'node:crypto';
import { pollUntil } from '../delivery/poll';
import type { KeyedCall } from '../ports/answer-store';
import type { Dependencies } from '../ports/dependencies';
import { Problem } from '../protocol/problems';

/** Milliseconds within which a received request makes its call. */
const MAX_START = 5_000;

/** Identifies a request to one client. */
export interface RequestName {
  clientId: string;
  /** A random number that the server gave to the sender. */
  session: string;
  requestId: string | number;
  /** See `KeyedCall`. */
  owner: string | undefined;
}

export interface McpRequests {
  /**
   * Makes a call at most once per request.
   * @param what  content of the request; another request under the same id makes its own call
   * @returns the call's id @throws Problem
   */
  once(name: RequestName | undefined, what: string, start: () => Promise<string>): Promise<string>;
  /** Id of the call that a request made. */
  callOf(name: RequestName): Promise<string | undefined>;
}

export function createMcpRequests({
  answers,
  clock,
  newId,
  log,
}: Pick<Dependencies, 'answers' | 'clock' | 'newId' | 'log'>): McpRequests {
  return {
    async once(name, what, start) {
      if (!name) return start();
      const request: KeyedCall = { key: keyOf(name), fingerprint: hashOf([what]), run: newId(), owner: name.owner };
      const earlier = await answers.claim(request);
      if (earlier && earlier.fingerprint !== request.fingerprint) return start();
      if (earlier && earlier.answer === undefined) {
        throw new Problem('in_progress', 'The first request with this id is still being sent; retry after 1 second.');
      }
      if (earlier?.answer !== undefined) return earlier.answer;
      try {
        const callId = await start();
        await answers.keep(request, callId).catch((error) => log.error('request_not_kept', error));
        return callId;
      } catch (error) {
        await answers.release(request).catch((failure) => log.error('request_not_released', failure));
        throw error;
      }
    },

    async callOf(name) {
      let callId: string | undefined;
      await pollUntil(clock, clock.now() + MAX_START, async () => {
        const earlier = await answers.find(keyOf(name));
        callId = earlier?.answer;
        return !earlier || callId !== undefined;
      });
      return callId;
    },
  };
}

function keyOf({ clientId, session, requestId }: RequestName): string {
  return hashOf(['mcp', clientId, session, requestId]);
}

function hashOf(parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
