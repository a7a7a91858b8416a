/** A broadcast as its caller and its recipients see it: from the call until the last client has the frame. */
import { Agent, request } from 'node:http';
import { type DialectName, dialects } from './dialects';
import type { LoadClient } from './load-client';

const MESSAGE = { message_type: 'announcement', data: { text: 'The office closes at six today.' } };

/** A single connection, opened before the measurement starts. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** @returns milliseconds. Whether the call is answered before or after the last frame makes no difference. */
export async function measureBroadcast(
  clients: readonly LoadClient[],
  httpUrl: string,
  dialect: DialectName,
): Promise<number> {
  const { path, bodyOf } = dialects[dialect].broadcast;
  const body = JSON.stringify(bodyOf(MESSAGE));
  await call('GET', `${httpUrl}/health`);
  let missing = clients.length;
  const delivered = new Promise<number>((resolve) => {
    for (const client of clients) {
      client.onFrames = (frames) => {
        missing -= frames;
        if (missing === 0) resolve(performance.now());
      };
    }
  });
  const start = performance.now();
  const [end] = await Promise.all([delivered, call('POST', httpUrl + path, body)]);
  return end - start;
}

function call(method: string, url: string, body?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request(url, { method, agent, headers }, (response) => {
      if (response.statusCode === undefined || response.statusCode > 299) {
        reject(new Error(`${method} ${url} answered ${response.statusCode}`));
      }
      response.resume().on('end', resolve);
    });
    sent.on('error', reject).end(body);
  });
}
