/** A manual handshake, for tests that check its complete answer; the client of `ws` shows little of it. */
import { type OutgoingHttpHeaders, request, STATUS_CODES } from 'node:http';

export interface HandshakeAnswer {
  status: number;
  reason: string;
  headers: Record<string, unknown>;
  /** Of a refusal. */
  body?: string;
}

/** The client's offer, from the example in RFC 6455. */
export const OFFER = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
};

/** The complete answer that accepts; its key is the RFC's answer to the offer. */
export function accepted(protocol?: string): HandshakeAnswer {
  const headers = {
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  };
  return {
    status: 101,
    reason: 'Switching Protocols',
    headers: protocol === undefined ? headers : { ...headers, 'sec-websocket-protocol': protocol },
  };
}

/** The complete answer that refuses. */
export function refused(status: number): HandshakeAnswer {
  const headers = { connection: 'close', 'content-length': '0' };
  return { status, reason: STATUS_CODES[status] ?? 'Refused', headers, body: '' };
}

/** Sends the offer with more headers; if it is accepted, the connection is cut at once. */
export function handshake(url: string, headers: OutgoingHttpHeaders = {}): Promise<HandshakeAnswer> {
  const all = Object.fromEntries([...Object.entries(OFFER), ...Object.entries(headers)]); // accepts `__proto__` as a name
  return new Promise((resolve, reject) => {
    const sent = request(url.replace('ws:', 'http:'), { agent: false, headers: all });
    sent.on('error', reject);
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: 101, reason: response.statusMessage ?? '', headers: response.headers });
    });
    sent.on('response', async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({
        status: response.statusCode ?? 0,
        reason: response.statusMessage ?? '',
        headers: response.headers,
        body,
      });
    });
    sent.end();
  });
}
