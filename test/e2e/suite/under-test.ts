/** What each part of the suite is given: a way to connect, a way to call, and what the target can't do. */
import type { ConformingClient } from './conforming-client';
import type { HttpApi } from './http-api';
import type { Target } from './target';

/** What a target can't do or has set otherwise, each with the reason, under which the skipped tests are reported. */
export interface Without {
  /** Why pages of any origin may not read the API. */
  openCors?: string;
}

/** How to connect otherwise than as a new client, to the target's URL. */
export interface ConnectOptions {
  url?: string;
  /** Whom to connect as, where access control is on. */
  clientId?: string;
  /** The same, where it is off. */
  resumeToken?: string;
  /** Of the token, where access control is on. */
  groups?: string[];
  mayJoin?: string[];
}

export interface UnderTest {
  /** A client, closed after the test. */
  connect(options?: ConnectOptions): Promise<ConformingClient>;
  http: HttpApi;
  target(): Target;
  without: Without;
}

/** Declares tests; where there is a reason they are skipped under it. */
export function unless(reason: string | undefined, declare: () => void): void {
  if (reason === undefined) declare();
  else describe.skip(`not here, as ${reason}:`, declare);
}
