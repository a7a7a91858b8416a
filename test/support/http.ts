/** Calls of the HTTP API, with the body already read. */

export interface HttpResponse {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
  body: any;
  /** The unparsed body. */
  text: string;
}

/** @param body  an object is sent as JSON, a string unchanged */
export async function call(method: string, url: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = text !== '' && /json/.test(response.headers.get('content-type') ?? ''); // a 204 may have a type
  const parsed = isJson ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body: parsed, text } as HttpResponse;
}
