/** A `fetch` for the MCP SDK that keeps the numbers of calls and results digit for digit and adds the server's headers. */
import { exactWritten, markedInexact } from '../protocol/json';

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

export interface ExactFetchOptions {
  /** Called before each request, so that a new secret takes effect. */
  headers(): Promise<Record<string, string>>;
  /**
   * False in Lambda, which freezes between events: nothing would read messages that the server sends on its own, and a kept socket may be
   * dead without notice.
   */
  outlivesCalls: boolean;
}

export function createExactFetch({ headers: ownHeaders, outlivesCalls }: ExactFetchOptions): Fetch {
  return async function exactFetch(url, init = {}) {
    if (!outlivesCalls && init.method === 'GET') return new Response(null, { status: 405 }); // as a server without such messages would answer
    const headers = new Headers(init.headers);
    if (!outlivesCalls) headers.set('connection', 'close');
    for (const [name, value] of Object.entries(await ownHeaders())) headers.set(name, value);
    const body = typeof init.body === 'string' ? exactWritten(init.body) : init.body;
    const response = await fetch(url, { ...init, headers, ...(body != null && { body }) });
    if (!response.ok || !response.body) return response;
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const lines = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(byLine((line) => (!isStream || line.startsWith('data:') ? markedInexact(line) : line)))
      .pipeThrough(new TextEncoderStream());
    const { status, statusText } = response;
    return new Response(lines, { status, statusText, headers: response.headers });
  };
}

/** No JSON number or string spans lines. */
function byLine(change: (line: string) => string): TransformStream<string, string> {
  let rest = '';
  return new TransformStream({
    transform(chunk, controller) {
      const end = chunk.lastIndexOf('\n') + 1;
      if (end === 0) {
        rest += chunk;
        return;
      }
      const lines = (rest + chunk.slice(0, end)).split('\n').map(change).join('\n');
      rest = chunk.slice(end);
      controller.enqueue(lines);
    },
    flush(controller) {
      controller.enqueue(change(rest));
    },
  });
}
