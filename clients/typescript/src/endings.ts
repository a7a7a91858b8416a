/** Whether to reconnect after the end of a connection (R12, R13). */
import type { Ending } from './link';

/** Undefined: reconnect after a wait. Otherwise the reason not to reconnect. */
export function reasonToStop({ code, status }: Ending, mayTryAnotherToken: boolean): string | undefined {
  if (status !== undefined) return reasonOfStatus(status, mayTryAnotherToken);
  if (code === 1000 || code === 1005) return 'closed_by_server';
  if (code === 1002 || code === 1003 || code === 1007) return 'protocol_error';
  return undefined;
}

function reasonOfStatus(status: number, mayTryAnotherToken: boolean): string | undefined {
  if (status === 401 || status === 403) return mayTryAnotherToken ? undefined : 'unauthorized';
  return status === 429 || (status >= 500 && status <= 599) ? undefined : 'refused';
}

export const isUnauthorized = ({ status }: Ending) => status === 401 || status === 403;

/** A Map, so that `constructor` is not a known reason. */
const SENTENCES = new Map([
  ['client', 'The program closed the client.'],
  ['replaced', 'Another program connected as the same client and took its place. Give each program its own client_id.'],
  ['removed', "The server's team closed the connection."],
  ['revoked', "The server's team revoked the token."],
  ['closed_by_server', 'The server closed the connection and gave no reason.'],
  ['protocol_error', 'The server closed the connection: this library broke the protocol.'],
  ['unauthorized', 'The server did not accept the token.'],
  ['refused', 'The server refused the connection. Check the URL.'],
]);

/** Why a client was closed, or is about to reconnect, as a sentence for people. */
export const sentenceOf = (reason: string) => SENTENCES.get(reason) ?? `The server closed the connection: ${reason}.`;

/** Why a connection is gone that the server did not announce to close. */
export function sentenceOfEnding({ code, status }: Ending, wasGreeted: boolean): string {
  if (status !== undefined) return `The server could not be reached: status ${status}.`;
  return wasGreeted ? `The connection ended with ${code}.` : 'The server could not be reached.';
}

/** The server found a message, or a frame of it, too large. */
export const TOO_LARGE = 1009;
