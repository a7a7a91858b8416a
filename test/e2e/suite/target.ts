/** The server under test, and the way in where it is closed. */

/** Where a server is; there may be others connected to it. */
export interface Target {
  webSocketUrl: string;
  /** May have a path. */
  httpUrl: string;
  /** Where access control is on: shown on every call, and exchanged for a token on every connection. */
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
