/** Every number of the contract, with its unit and where it comes from. */

/** Bytes of UTF-8 in one message, both ways. API Gateway's quota "message payload size". */
export const MAX_MESSAGE_BYTES = 131_072;

/**
 * Bytes in the body of an HTTP call. Ours: a call sends one message at most, of which JSON may write each character in six, as
 * `\u0041`, and spaces between them. The platform takes 10 MB, which would hold up everybody for the seconds of parsing.
 */
export const MAX_BODY_BYTES = 8 * MAX_MESSAGE_BYTES;

/** The same of a call that sends no message: it has a few short fields. */
export const MAX_SMALL_BODY_BYTES = 16_384;

/** Characters of an `Idempotency-Key`. */
export const MAX_IDEMPOTENCY_KEY_LENGTH = 128;

/** Clients of one `POST /messages`. Each costs a write or two and a post, 50 at a time: a few seconds of the caller's 29. */
export const MAX_PUSHED_CLIENTS = 500;

/** Seconds that a push may wait for its client. Ours: as long as history is kept, where no setting says otherwise. */
export const MAX_HOLD_SECONDS = 86_400;

/** Seconds that a call of a tool on a client lives, unless it names less. Ours: as long as a push may wait for its client. */
export const MAX_CALL_SECONDS = MAX_HOLD_SECONDS;

/** Seconds that a call may wait for the client's acknowledgement or result. API Gateway ends an HTTP call after 30, Lambda after 28. */
export const MAX_WAIT_SECONDS = 25;

/**
 * How deep the arrays and objects of a message may nest. Ours: `JSON.stringify` recurses and runs out of stack
 * a little above 3,000 levels, so an unbounded message could be read but never answered.
 */
export const MAX_NESTING = 100;

/** Characters of a client's `message_id`. */
export const MAX_MESSAGE_ID_LENGTH = 128;

/** Characters of a type's, tool's or client's name; well below the 2,048 bytes of a DynamoDB partition key. */
export const MAX_NAME_LENGTH = 128;

/** Characters of an API key's name. */
export const MAX_KEY_NAME_LENGTH = 40;

/** Calls a second that an API key may be bound to. */
export const MAX_CALL_RATE = 10_000;

/** Seconds that an API key may be good: ten years. */
export const MAX_KEY_TTL_SECONDS = 315_360_000;

/** Seconds that an API key stays good after its rotation. */
export const MAX_OVERLAP_SECONDS = 604_800;

/** Labels of a client. */
export const MAX_LABELS = 8;

/** Characters of a label. */
export const MAX_LABEL_LENGTH = 64;

/** Labels whose clients `GET /status` counts. */
export const MAX_COUNTED_LABELS = 100;

/** Groups that a token puts its client into. */
export const MAX_TOKEN_GROUPS = 20;

/** Names or patterns of groups that a token may let its client join. */
export const MAX_JOINABLE_GROUPS = 8;

/** Messages a second that a token may allow its client; the least is one in ten seconds. */
export const MAX_MESSAGE_RATE = 10_000;
export const MIN_MESSAGE_RATE = 0.1;

/** Rows in one page of a list. */
export const MAX_PAGE_SIZE = 1_000;

/** Groups or members in a page where the caller names no number. */
export const DEFAULT_GROUP_PAGE_SIZE = 100;

/** Rows in a page of history where the caller names none: messages are large, 100 keep the answer readable. */
export const DEFAULT_HISTORY_PAGE_SIZE = 100;

/**
 * Bytes of messages in one page of history. DynamoDB ends a Query's page with the item that crosses 1 MB, and an item is two
 * messages at most; a Lambda's answer ends at 6 MB. Both stores end a page there, so none is larger on one machine than on AWS.
 */
export const MAX_HISTORY_PAGE_BYTES = 1_048_576;

/**
 * Bytes of what one message says, as history writes it. Ours: the largest message fits with ease, and two of these in the 400 KB of
 * an item of DynamoDB. But a list of numbers such as 1e20 grows more than fourfold when it is written again.
 */
export const MAX_KEPT_BYTES = 196_608;

/** Bytes in one frame that a client sends to API Gateway. Its quota "WebSocket frame size". */
export const PLATFORM_FRAME_BYTES = 32_768;

/**
 * Seconds in which a client should send something, on AWS. API Gateway closes a connection that is idle for 600; each ping is billed as a
 * message, so more often would cost more.
 */
export const PLATFORM_HEARTBEAT_SECONDS = 240;

/** The same on one machine: proxies in front of it close idle connections after 60 seconds (nginx, AWS's load balancer) or 100 (Cloudflare). */
export const LOCAL_HEARTBEAT_SECONDS = 45;

/**
 * Milliseconds that a message's handler has. Ours: API Gateway answers in its own words after 29 seconds, and Lambda ends the function after
 * 28; so our answer goes out before.
 */
export const HANDLER_TIMEOUT_MS = 27_000;

/** Seconds that a connection lives; API Gateway closes it then. Its quota "connection duration for WebSocket API". */
export const CONNECTION_LIFETIME_SECONDS = 7_200;

/** Milliseconds in which an answer has to be ready to keep the position that its message took: nobody waits longer for it. */
export const ANSWER_KEEPS_POSITION_MS = 1_000;

/** Milliseconds after which a message whose handler has not answered is handled again, if its sender repeats it: no handler lives longer. */
export const HANDLER_LEASE_MS = 30_000;

/**
 * The same of a message whose task has begun: the task has 15 minutes, and the platform runs it three times before it gives up, with up to
 * three minutes between.
 */
export const REPLY_LEASE_MS = 3_600_000;

/** Characters of `sender`, the name that a client's program gives its counter. */
export const MAX_SENDER_LENGTH = 32;

/** Bytes of frames in one `resumed`: with what is around them they fit into a message. */
export const MAX_RESUMED_BYTES = 122_880;

/** Seconds a session lives without a $disconnect: the platform's 2 hours for a connection, and 10 minutes. */
export const SESSION_TTL_SECONDS = CONNECTION_LIFETIME_SECONDS + 600;

/** Seconds a message stays in the history, where no setting says otherwise. */
export const HISTORY_TTL_SECONDS = 86_400;

/**
 * Seconds that a client's token lives, where the caller names none: it is used once, to connect, and a URL that holds it may
 * end up in somebody's log. An open connection outlives its token.
 */
export const DEFAULT_TOKEN_TTL_SECONDS = 900;

/** The least: twice the tolerance for clocks that differ, below which a token could be dead where it arrives. */
export const MIN_TOKEN_TTL_SECONDS = 10;

/** The most: nothing takes a single token back, so a client has to come for a new one every day. */
export const MAX_TOKEN_TTL_SECONDS = 86_400;

/** Characters that a client may say about its progress: a sentence. */
export const MAX_PROGRESS_MESSAGE_LENGTH = 500;

/** Tools that a client may register. */
export const MAX_CLIENT_TOOLS = 64;

/** Characters of such a tool's name: what all makers of models take. */
export const MAX_CLIENT_TOOL_NAME_LENGTH = 64;

/** Characters of its description. */
export const MAX_CLIENT_TOOL_DESCRIPTION_LENGTH = 1_024;

/** Characters of all tools of a client together, as JSON. */
export const MAX_CLIENT_TOOLS_CHARACTERS = 32_768;

/** Version of the wire protocol, as `connection_established` names it. */
export const PROTOCOL_VERSION = 1;
