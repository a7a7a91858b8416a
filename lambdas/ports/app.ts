/** The interface of `lambdas/app/`, the part that a team edits. */
import type { MessageTypes } from './message-type';
import type { Responder } from './responder';
import type { Tool } from './tool';

/** A setting of the team's own code: an environment variable on one machine, a CDK context value in a deployment. */
export interface AppSetting {
  default: string;
  pattern: RegExp;
  /** Completes the sentence "NAME must be …". */
  allowed: string;
}

export interface App {
  responder: Responder;
  /** Names must be unique. */
  tools: readonly Tool[];
  /** In addition to the protocol's. */
  messageTypes: MessageTypes;
  settings: Readonly<Record<string, AppSetting>>;
}
