/** All numeric limits of the protocol, with unit and source. */

/** Bytes (UTF-8) of one message, in both directions. API Gateway's quota "message payload size". */
export const MAX_MESSAGE_BYTES = 131_072;

/**
 * Bytes of an HTTP body. Our choice: a call sends at most one message, whose JSON may take six characters for one (`\u0041`) and have
 * whitespace between tokens. API Gateway allows 10 MB, which would block the process for seconds of parsing.
 */
export const MAX_BODY_BYTES = 8 * MAX_MESSAGE_BYTES;

/** Bytes of the body of a call that sends no message, only a few short fields. */
export const MAX_SMALL_BODY_BYTES = 16_384;

/** Characters of an `Idempotency-Key`. */
export const MAX_IDEMPOTENCY_KEY_LENGTH = 128;

/** Clients per `POST /messages`. Each costs one or two writes and a post, 50 at a time: a few seconds of the caller's 29. */
export const MAX_PUSHED_CLIENTS = 500;

/** Longest time in seconds that a push may wait for its client. Our choice: the default retention of history. */
export const MAX_HOLD_SECONDS = 86_400;

/** Longest lifetime in seconds of a tool call on a client, and the default. Our choice: as long as a push may wait. */
export const MAX_CALL_SECONDS = MAX_HOLD_SECONDS;

/**
 * Longest time in seconds that an HTTP call may wait for an acknowledgement or a result. API Gateway ends HTTP calls after 30 seconds,
 * our functions after 28.
 */
export const MAX_WAIT_SECONDS = 25;

/**
 * Nesting depth of a message. Our choice: `JSON.stringify` recurses and overflows the stack a little above 3,000 levels, so a deeper
 * message could be parsed but never answered.
 */
export const MAX_NESTING = 100;

/** Characters of the `message_id` that a client chooses. */
export const MAX_MESSAGE_ID_LENGTH = 128;

/** Characters of the name of a type, tool or client; well below the 2,048 bytes of a DynamoDB partition key. */
export const MAX_NAME_LENGTH = 128;

/** Characters of an API key's name. */
export const MAX_KEY_NAME_LENGTH = 40;

/** Highest rate limit of an API key, in calls per second. */
export const MAX_CALL_RATE = 10_000;

/** Longest lifetime of an API key in seconds: ten years. */
export const MAX_KEY_TTL_SECONDS = 315_360_000;

/** Longest time in seconds that the old text of a rotated API key stays valid. */
export const MAX_OVERLAP_SECONDS = 604_800;

/** Labels per client. */
export const MAX_LABELS = 8;

/** Characters per label. */
export const MAX_LABEL_LENGTH = 64;

/** Labels or groups for which `GET /status` reports a count. */
export const MAX_COUNTED_NAMES = 100;

/** Groups per token. */
export const MAX_TOKEN_GROUPS = 20;

/** Group names or patterns per token that the client may join by itself. */
export const MAX_JOINABLE_GROUPS = 8;

/** Highest and lowest message rate that a token may set, in messages per second. */
export const MAX_MESSAGE_RATE = 10_000;
export const MIN_MESSAGE_RATE = 0.1;

/** Rows per page of a list. */
export const MAX_PAGE_SIZE = 1_000;

/** Default page size for groups and members. */
export const DEFAULT_GROUP_PAGE_SIZE = 100;

/** Default page size for history: messages are large, and 100 keep the answer readable. */
export const DEFAULT_HISTORY_PAGE_SIZE = 100;

/**
 * Bytes of messages per page of history. A DynamoDB Query ends its page with the item that crosses 1 MB, and an item is at most two
 * messages; a Lambda response is limited to 6 MB. Every store ends a page here, so that pages are the same size on one machine and on
 * AWS.
 */
export const MAX_HISTORY_PAGE_BYTES = 1_048_576;

/**
 * Bytes of one message's data as stored in history. Our choice: it fits the largest ordinary message, and two of them fit into a DynamoDB
 * item of 400 KB. Only data that grows when written again is refused: a list of numbers such as 1e20 grows more than fourfold.
 */
export const MAX_KEPT_BYTES = 196_608;

/** Bytes of one WebSocket frame that a client sends to API Gateway. Its quota "WebSocket frame size". */
export const PLATFORM_FRAME_BYTES = 32_768;

/**
 * Heartbeat interval on AWS, in seconds. API Gateway closes a connection that is idle for 600 seconds. Each ping is billed as a message,
 * so a shorter interval would cost more.
 */
export const PLATFORM_HEARTBEAT_SECONDS = 240;

/**
 * Heartbeat interval on one machine, in seconds: proxies close idle connections after 60 seconds (nginx, AWS's load balancer) or 100
 * (Cloudflare).
 */
export const LOCAL_HEARTBEAT_SECONDS = 45;

/**
 * Time limit of a message handler, in milliseconds. Our choice: API Gateway sends its own error after 29 seconds and Lambda ends the
 * function after 28, so our answer has to go out before.
 */
export const HANDLER_TIMEOUT_MS = 27_000;

/** Lifetime of a connection in seconds; then API Gateway closes it. Its quota "connection duration for WebSocket API". */
export const CONNECTION_LIFETIME_SECONDS = 7_200;

/** Milliseconds within which an answer must be ready to keep the position that its message took. `resume` waits no longer than that. */
export const ANSWER_KEEPS_POSITION_MS = 1_000;

/** Milliseconds after which a repeated message without an answer is handled again: no handler runs that long. */
export const HANDLER_LEASE_MS = 30_000;

/** Characters of `sender`, the name of a client program's counter. */
export const MAX_SENDER_LENGTH = 32;

/** Bytes of frames per `resumed`: leaves room for its other fields within one message. */
export const MAX_RESUMED_BYTES = 122_880;

/** Seconds that a session lasts without a $disconnect: the 2 hours of a connection, and 10 minutes. */
export const SESSION_TTL_SECONDS = CONNECTION_LIFETIME_SECONDS + 600;

/** Default retention of a message in the history, in seconds. */
export const HISTORY_TTL_SECONDS = 86_400;

/**
 * Default lifetime of a client token, in seconds. A client uses it once, to connect, and a URL that contains it may end up in a log. An
 * open connection outlives its token.
 */
export const DEFAULT_TOKEN_TTL_SECONDS = 900;

/** Shortest lifetime: twice the tolerated clock skew. A shorter one could have expired on arrival. */
export const MIN_TOKEN_TTL_SECONDS = 10;

/** Longest lifetime: a client has to fetch a new token every day. */
export const MAX_TOKEN_TTL_SECONDS = 86_400;

/** Characters of a progress message: one sentence. */
export const MAX_PROGRESS_MESSAGE_LENGTH = 500;

/** Tools that a client may register. */
export const MAX_CLIENT_TOOLS = 64;

/** Characters of a client tool's name; all model providers accept this many. */
export const MAX_CLIENT_TOOL_NAME_LENGTH = 64;

/** Characters of a client tool's description. */
export const MAX_CLIENT_TOOL_DESCRIPTION_LENGTH = 1_024;

/** Characters of all tools of a client together, as JSON. */
export const MAX_CLIENT_TOOLS_CHARACTERS = 32_768;

/** Milliseconds between two `presence_changed` of one group. */
export const PRESENCE_INTERVAL_MS = 2_000;

/** Members in one `presence_snapshot`: with names of 128 characters it stays below 32 KB. */
export const MAX_PRESENCE_PAGE = 100;

/** Version of the wire protocol, sent in `connection_established`. */
export const PROTOCOL_VERSION = 1;
