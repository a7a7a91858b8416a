/** A failed connection: one sentence that says what to do. */
import { shownUrl } from './options';

export class ConnectError extends Error {
  override readonly name = 'ConnectError';

  /** @param mayPass  whether the same attempt may succeed later */
  constructor(
    message: string,
    readonly mayPass: boolean,
  ) {
    super(message);
  }

  static from(error: Error & { code?: string }, url: URL): ConnectError {
    const address = shownUrl(url);
    const advice = advices.get(error.code ?? error.message);
    const known = advice?.(address);
    return new ConnectError(
      known ?? `Can't connect to ${address} (${error.code ?? error.message}): check the address.`,
      true,
    );
  }

  /** For a server that answers the handshake with an HTTP status other than 101. */
  static fromStatus(status: number, url: URL): ConnectError {
    const address = shownUrl(url);
    if (status === 401 || status === 403) {
      return new ConnectError(
        `${address} refuses this client (HTTP ${status}): give a valid token with --token.`,
        false,
      );
    }
    if (status === 429 || status >= 500) {
      return new ConnectError(`${address} can't take a connection now (HTTP ${status}): try again later.`, true);
    }
    return new ConnectError(
      `${address} answered with HTTP ${status} instead of opening a WebSocket: use the URL that the server prints at startup.`,
      false,
    );
  }
}

const advices = new Map<string, (address: string) => string>([
  ['ECONNREFUSED', (address) => `Nothing listens at ${address}: start the server there, or name its URL.`],
  ['ENOTFOUND', (address) => `The host name in ${address} is unknown: check the address.`],
  ['EAI_AGAIN', (address) => `The host of ${address} can't be looked up: check the address and the network.`],
  ['ECONNRESET', hungUp],
  ['EPROTO', hungUp],
  ['ETIMEDOUT', silent],
  ['Opening handshake has timed out', silent],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', untrusted],
  ['SELF_SIGNED_CERT_IN_CHAIN', untrusted],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', untrusted],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', untrusted],
]);

function hungUp(address: string): string {
  return `${address} closed the connection before it was open: check the port, and whether it is ws:// or wss://.`;
}

function untrusted(address: string): string {
  return `The certificate of ${address} is not trusted: set NODE_EXTRA_CA_CERTS to its file.`;
}

function silent(address: string): string {
  return `${address} does not answer: check the address, or wait longer with --timeout.`;
}
