/** Everything that a handler can depend on. Each handler takes what it needs; each host provides all of it. */
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
import type { PresenceStore } from './presence-store';
import type { Readiness } from './readiness';
import type { RecordStore } from './record-store';
import type { ReplyQueue } from './reply-queue';
import type { ReplyStore } from './reply-store';
import type { Responder } from './responder';
import type { Clock, Log, NewId } from './runtime';
import type { Secrets } from './secrets';
import type { Tasks } from './tasks';
import type { ToolSource } from './tool-source';

export interface ConnectionLimits {
  /** A client should send something at least this often. */
  heartbeatSeconds: number;
  /** The largest frame that a client may send. */
  maxFrameBytes: number;
  /** How long a client can resume what it missed. */
  resumableSeconds: number;
  /** The connection is closed after this time. */
  lifetimeSeconds: number;
}

/** Settings for replies that a task generates. */
export interface ReplySettings {
  /** Model name in `chat_response`. */
  model: string;
  /** Time limit of a reply. */
  seconds: number;
  /** How long a reply continues while its client is away; undefined: until it is complete, for the history and `resume`. */
  awaySeconds: number | undefined;
  /** Sent instead of a failed reply; undefined: the part that was generated. */
  failureText: string | undefined;
  /** Concurrent replies of one client; further ones wait. */
  maxPerClient: number;
}

/** The parts of an HTTP call that show which address the caller used. */
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
  presence: PresenceStore;
  /** Groups that may be watched: names, or prefixes that end with `*`. */
  presenceGroups: readonly string[];
  answers: AnswerStore;
  /** API keys and revocations. */
  records: RecordStore;
  calls: CallStore;
  clientTools: ClientToolStore;
  /** The app's tools, for `list_tools`. */
  toolDescriptions: readonly ToolDescription[];
  /** Tools of MCP servers. */
  mcpTools: ToolSource;
  connections: Connections;
  tasks: Tasks;
  replies: ReplyStore;
  replyQueue: ReplyQueue;
  /** State of event delivery. */
  eventDelivery: EventDelivery;
  /** Answers chat messages in a task. */
  responder: Responder;
  /** Whether chat messages are answered in a task instead of in their handler. */
  repliesInTask: boolean;
  replySettings: ReplySettings;
  /** Milliseconds between two pieces of a streamed reply. */
  deltaIntervalMs: number;
  secrets: Secrets;
  /** The team's own settings. */
  appSettings: Readonly<Record<string, string>>;
  apiKeys: KeySource;
  /** Limits in `connection_established`. */
  connectionLimits: ConnectionLimits;
  /** Whether callers need the API key and clients a token. */
  accessControl: boolean;
  /** Signs client tokens; undefined if access control is off. */
  signingKeys: KeySource | undefined;
  /** Default message rate per client, in messages per second, for tokens without one; undefined for no limit. */
  clientRate: number | undefined;
  /** Origins whose web pages may connect; `*` allows all. */
  clientOrigins: readonly string[];
  /** Undefined if no OpenID issuer is configured. */
  oidcTokens: OidcVerifier | undefined;
  readiness: Readiness;
  version: string;
  /** Start of this process, in milliseconds since 1970. */
  startedAt: number;
  /** Address for clients, such as `ws://localhost:9004`, derived from the HTTP call where needed. */
  webSocketUrl(call: AddressedCall): string;
  /** Base URL of the HTTP API from this caller's point of view, without a trailing slash. */
  httpUrl(call: AddressedCall): string;
  /** Reads a page's file by its `source` in `http/page-files.ts`. */
  readAsset(source: string): Promise<Buffer>;
}
