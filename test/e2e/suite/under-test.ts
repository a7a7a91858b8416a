/** What each part of the suite gets: a way to connect, a way to call, and what the target can't do. */
import type { ConformingClient } from './conforming-client';
import type { HttpApi } from './http-api';
import type { Target } from './target';

/** What a target can't do or has configured differently, each with the reason that is reported for the skipped tests. */
export interface Without {
  /** Why pages of any origin must not read the API. */
  openCors?: string;
}

/** How to connect, unless as a new client to the target's URL. */
export interface ConnectOptions {
  url?: string;
  /** Whom to connect as, with access control. */
  clientId?: string;
  /** The same, without access control. */
  resumeToken?: string;
  /** In the token, with access control. */
  groups?: string[];
  mayJoin?: string[];
}

export interface UnderTest {
  /** A client that is closed after the test. */
  connect(options?: ConnectOptions): Promise<ConformingClient>;
  http: HttpApi;
  target(): Target;
  without: Without;
}

/** Declares tests; if there is a reason, they are skipped with it. */
export function unless(reason: string | undefined, declare: () => void): void {
  if (reason === undefined) declare();
  else describe.skip(`skipped on this host, because ${reason}:`, declare);
}
