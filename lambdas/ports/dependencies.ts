/** Everything that a handler can be given. Each takes what it needs; each host makes all of it. */
import type { ToolDescription } from '../protocol/tool-descriptions';
import type { AnswerStore } from './answer-store';
import type { App } from './app';
import type { BroadcastStore } from './broadcast-store';
import type { CallStore } from './call-store';
import type { OidcVerifier } from './client-identity';
import type { ClientStore } from './client-store';
import type { ClientToolStore } from './client-tool-store';
import type { Connections } from './connections';
import type { EventDelivery } from './event-delivery';
import type { GroupStore } from './group-store';
import type { HistoryStore } from './history-store';
import type { KeySource } from './key-source';
import type { Readiness } from './readiness';
import type { RecordStore } from './record-store';
import type { ReplyStore } from './reply-store';
import type { Responder } from './responder';
import type { Clock, Log, NewId } from './runtime';
import type { Secrets } from './secrets';
import type { Tasks } from './tasks';
import type { ToolSource } from './tool-source';

export interface ConnectionLimits {
  /** A client should send something in this time. */
  heartbeatSeconds: number;
  /** The largest frame that a client may send. */
  maxFrameBytes: number;
  /** How long a client can get again what it missed. */
  resumableSeconds: number;
  /** After this time the connection is closed. */
  lifetimeSeconds: number;
}

/** How replies are made that a task makes. */
export interface ReplySettings {
  /** Named in their `chat_response`. */
  model: string;
  /** A reply may take so long. */
  seconds: number;
  /** How long it goes on without its client; undefined: to its end, for the history and the next `resume`. */
  awaySeconds: number | undefined;
  /** What the client gets in the place of a reply that failed; undefined: what there was of it. */
  failureText: string | undefined;
}

/** An HTTP call, as far as it tells by which address its caller reaches the server. */
export interface AddressedCall {
  headers: Readonly<Record<string, string | undefined>>;
  requestContext: { domainName: string };
}

export interface Dependencies {
  clock: Clock;
  newId: NewId;
  log: Log;
  app: App;
  clients: ClientStore;
  history: HistoryStore;
  broadcasts: BroadcastStore;
  groups: GroupStore;
  answers: AnswerStore;
  /** API keys and revocations. */
  records: RecordStore;
  calls: CallStore;
  clientTools: ClientToolStore;
  /** The app's tools, for clients that ask. */
  toolDescriptions: readonly ToolDescription[];
  /** Tools of MCP servers. */
  mcpTools: ToolSource;
  connections: Connections;
  tasks: Tasks;
  replies: ReplyStore;
  /** How events get to the team. */
  eventDelivery: EventDelivery;
  /** Who answers chat messages in a task. */
  responder: Responder;
  /** Whether chat messages are answered in a task, and not where they are handled. */
  repliesInTask: boolean;
  replySettings: ReplySettings;
  /** Milliseconds between two pieces of a reply that streams. */
  deltaIntervalMs: number;
  secrets: Secrets;
  /** Values of the team's own settings. */
  appSettings: Readonly<Record<string, string>>;
  apiKeys: KeySource;
  /** What `connection_established` tells a client. */
  connectionLimits: ConnectionLimits;
  /** Whether callers have to show the API key, and clients a token. */
  accessControl: boolean;
  /** Signs clients' tokens; undefined where access control is off. */
  signingKeys: KeySource | undefined;
  /** Messages a second of each client whose token names no other rate; undefined for no limit. */
  clientRate: number | undefined;
  /** Undefined where no OpenID issuer is named. */
  oidcTokens: OidcVerifier | undefined;
  readiness: Readiness;
  version: string;
  /** When this process began, milliseconds since 1970. */
  startedAt: number;
  /** Where clients connect, such as `ws://localhost:9004`, as far as a call to the HTTP API shows. */
  webSocketUrl(call: AddressedCall): string;
  /** Where the HTTP API is for whoever made a call to it, without a slash at the end. */
  httpUrl(call: AddressedCall): string;
  /** Reads a file of a page, by its `source` in `http/page-files.ts`. */
  readAsset(source: string): Promise<Buffer>;
}
