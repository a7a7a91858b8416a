/** What a team edits, as the rest sees it: `lambdas/app/`. */
import type { MessageTypes } from './message-type';
import type { Responder } from './responder';
import type { Tool } from './tool';

/** A setting of the team's own code: an environment variable on one machine, a CDK context value in a deployment. */
export interface AppSetting {
  default: string;
  pattern: RegExp;
  /** Ends the sentence "NAME must be …". */
  allowed: string;
}

export interface App {
  responder: Responder;
  /** Each name once. */
  tools: readonly Tool[];
  /** Beside those of the protocol. */
  messageTypes: MessageTypes;
  settings: Readonly<Record<string, AppSetting>>;
}
