/** The server under test, and its key if it has access control. */

/** Where the server is; it may have other clients. */
export interface Target {
  webSocketUrl: string;
  /** May have a path. */
  httpUrl: string;
  /** With access control: sent with every call, and exchanged for a token for every connection. */
  apiKey?: string;
}

export function urlWithToken(webSocketUrl: string, token: string): string {
  return urlWith(webSocketUrl, 'token', token);
}

export function urlWithResume(webSocketUrl: string, resumeToken: string): string {
  return urlWith(webSocketUrl, 'resume', resumeToken);
}

function urlWith(webSocketUrl: string, name: string, value: string): string {
  const url = new URL(webSocketUrl);
  url.searchParams.set(name, value);
  return url.href;
}
