/** Reads the messages of a running server through its HTTP API. */
import { parseJson } from '../../lambdas/protocol/json';
import { noAnswer, UsageError } from '../usage-error';
import type { ExportedMessage } from './from-folder';

export interface FromServer {
  url: string;
  apiKey: string | undefined;
  /** All connected clients if empty. */
  clientIds: readonly string[];
}

class NotFoundError extends UsageError {}

type Page = Record<string, unknown> & { next_cursor?: string };

/** @throws UsageError if the server does not answer as expected */
export async function* messagesOfServer(options: FromServer): AsyncGenerator<ExportedMessage> {
  if (options.clientIds.length > 0) {
    for (const clientId of options.clientIds) yield* messagesOf(clientId, options);
    return;
  }
  for await (const page of pages('/clients?limit=1000', options)) {
    for (const { client_id } of page.clients as { client_id: string }[]) {
      yield* messagesOf(client_id, options, 'may be gone by now');
    }
  }
}

/** Reversed, because the API returns the newest first. */
async function* messagesOf(
  clientId: string,
  options: FromServer,
  client?: 'may be gone by now',
): AsyncGenerator<ExportedMessage> {
  const messages: object[] = [];
  const path = `/clients/${encodeURIComponent(clientId)}/messages?limit=1000`;
  try {
    for await (const page of pages(path, options)) messages.push(...(page.messages as object[]));
  } catch (error) {
    if (error instanceof NotFoundError && client) return;
    throw error;
  }
  for (const message of messages.reverse()) yield { client_id: clientId, ...message };
}

async function* pages(path: string, options: FromServer): AsyncGenerator<Page> {
  let cursor: string | undefined;
  do {
    const page = await get(cursor === undefined ? path : `${path}&cursor=${encodeURIComponent(cursor)}`, options);
    yield page;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}

async function get(path: string, { url, apiKey }: FromServer): Promise<Page> {
  const headers = new Headers(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` });
  const response = await fetch(url.replace(/\/$/, '') + path, { headers }).catch((error) => {
    throw noAnswer(url, error);
  });
  const text = await response.text();
  if (response.ok) return parseJson(text) as Page;
  if (response.status === 401 || response.status === 403) {
    throw new UsageError(`${url} refuses this call (HTTP ${response.status}): set API_KEY to its API key.`);
  }
  if (response.status === 404) throw new NotFoundError(`${url} has no ${path.replace(/\?.*/, '')}.`);
  throw new UsageError(`GET ${path} was answered with HTTP ${response.status}: ${text.slice(0, 300)}`);
}
