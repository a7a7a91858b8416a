/** The AsyncAPI 3.0 description of the WebSocket API, generated from the schemas that validate it. */
import * as z from 'zod';
import { pascalCase, SchemaCollection } from './json-schemas';
import { MAX_MESSAGE_BYTES } from './limits';
import { serverMessages } from './server-schemas';
import { SUBPROTOCOL } from './subprotocol';

const ACCESS = `A client connects with a token from the team: in the URL, as
\`?token=…\`, or as a second subprotocol, offered after \`${SUBPROTOCOL}\`.`;

const FRAMES = `On API Gateway a WebSocket frame is at most 32 KB, so a longer message has to be sent in several frames; a browser
can't, and should stay below. Above a limit the connection is closed with 1009, after a binary frame with 1003, and with 1001 if
it was silent or open for too long, or the server stops. 1000 means that the team closed the connection, or that a newer
connection of the same client replaced it.`;

export interface AsyncApiOptions {
  /** Version of the server. */
  version: string;
  /** Where clients connect, such as `ws://localhost:9004`. */
  webSocketUrl: string;
  /** Whether clients need a token. */
  accessControl: boolean;
  /** Schemas of client messages by type, including the team's own. */
  messages: Readonly<Record<string, z.core.$ZodType>>;
}

export function asyncApiDocument({ version, webSocketUrl, accessControl, messages }: AsyncApiOptions) {
  const collection = new SchemaCollection();
  const url = new URL(webSocketUrl);
  const sent = messagesOf(messages, 'client', collection);
  const received = messagesOf(serverMessages, 'server', collection);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Switchboard',
      version,
      description: `Every frame, both ways, is one JSON object in one text message of at most ${MAX_MESSAGE_BYTES} bytes. ${FRAMES}${accessControl ? ` ${ACCESS}` : ''}`,
      license: { name: 'MIT' },
      tags: [{ name: 'Messages', description: 'What is sent and what was said' }],
    },
    servers: {
      gateway: {
        host: url.host,
        protocol: url.protocol.slice(0, -1),
        ...(url.pathname !== '/' && { pathname: url.pathname }),
      },
    },
    defaultContentType: 'application/json',
    channels: {
      connection: { address: '/', messages: references({ ...sent, ...received }, '#/components/messages') },
    },
    operations: {
      fromClient: operation('receive', 'What clients send', 'The summary of each message names its answer.', sent),
      toClient: operation(
        'send',
        'What the server sends',
        'Answers, which have a `reply_to`, and pushes, which have none.',
        received,
      ),
    },
    components: { messages: { ...sent, ...received }, schemas: collection.schemas },
  };
}

interface Message {
  name: string;
  title: string;
  summary: string | undefined;
  payload: unknown;
  examples?: { payload: unknown }[];
}

type Messages = Record<string, Message>;

/** Both sides have a `chat_message`, so the side is part of the key. */
function messagesOf(table: Record<string, z.core.$ZodType>, side: string, collection: SchemaCollection): Messages {
  const entries = Object.entries(table).map(([type, schema]): [string, Message] => {
    const payload = collection.add(schema, pascalCase(`${side}_${type}`));
    const example = collection.exampleOf(payload);
    const summary = z.globalRegistry.get(schema)?.description;
    const examples = example !== undefined && { examples: [{ payload: example }] };
    return [`${side}_${type}`, { name: type, title: type, summary, payload, ...examples }];
  });
  return Object.fromEntries(entries);
}

function references(table: Messages, base: string) {
  return Object.fromEntries(Object.keys(table).map((key) => [key, { $ref: `${base}/${key}` }]));
}

function operation(action: 'send' | 'receive', summary: string, description: string, table: Messages) {
  return {
    action,
    summary,
    description,
    channel: { $ref: '#/channels/connection' },
    messages: Object.values(references(table, '#/channels/connection/messages')),
  };
}
