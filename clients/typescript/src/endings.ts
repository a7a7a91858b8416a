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

/** The server found a message, or a frame of it, too large. */
export const TOO_LARGE = 1009;
