import * as z from 'zod/mini';
import { asyncApiDocument } from '../../../lambdas/protocol/asyncapi';
import { clientMessages } from '../../../lambdas/protocol/client-messages';
import { ERROR_CODES } from '../../../lambdas/protocol/errors';
import { serverMessages } from '../../../lambdas/protocol/server-schemas';
import {
  createAsyncApiCheck,
  createJsonSchemaCheck,
  danglingReferences,
  referencesIn,
  target,
} from '../../support/document-schemas';

/** The test reads and breaks it at any depth. */
type Document = ReturnType<typeof JSON.parse>;

const check = createAsyncApiCheck();
const documentOf = (): Document =>
  JSON.parse(
    JSON.stringify(
      asyncApiDocument({
        version: '1.2.3',
        webSocketUrl: 'wss://example.com/prod',
        accessControl: true,
        messages: clientMessages,
      }),
    ),
  );
const document = documentOf();

/** The messages of an operation, with its references resolved. */
function messagesOf(operation: string): Document[] {
  const { messages } = document.operations[operation];
  return messages.map(({ $ref }: { $ref: string }) => target(document, $ref));
}

describe('the AsyncAPI description', () => {
  it('is valid AsyncAPI 3.0', () => {
    expect(check(document)).toEqual([]);
  });

  it.each([
    ['no info', (broken: Document) => delete broken.info],
    ['an invalid action', (broken: Document) => (broken.operations.toClient.action = 'shout')],
    ['a server without a host', (broken: Document) => delete broken.servers.gateway.host],
    ['a field that AsyncAPI does not have', (broken: Document) => (broken.paths = {})],
    ['a schema with an unknown type', (broken: Document) => (broken.components.schemas.Ping.type = 'objekt')],
  ])('is rejected with %s', (_, breakIt) => {
    const broken = documentOf();
    breakIt(broken);
    expect(check(broken)).not.toEqual([]);
  });

  it('has valid JSON Schemas', () => {
    const checkSchema = createJsonSchemaCheck();
    const schemas: unknown[] = Object.values(document.components.schemas);
    expect(schemas.length).toBeGreaterThan(0);
    expect(schemas.flatMap((schema) => checkSchema(schema))).toEqual([]);
  });

  it('has an example of each client message that the server accepts', () => {
    for (const [type, schema] of Object.entries(clientMessages)) {
      const [{ payload }] = document.components.messages[`client_${type}`].examples;
      expect(payload).toMatchObject({ type });
      expect([type, z.safeParse(schema, payload).error?.issues]).toEqual([type, undefined]);
    }
  });

  it('has no dangling reference', () => {
    expect(referencesIn(document).length).toBeGreaterThan(10);
    expect(danglingReferences(document)).toEqual([]);
    expect(danglingReferences({ ...document, components: {} })).not.toEqual([]);
  });

  it.each([
    ['fromClient', 'receive', clientMessages],
    ['toClient', 'send', serverMessages],
  ])('%s has all message types of that side, and no others', (operation, action, table) => {
    expect(document.operations[operation].action).toBe(action);
    expect(messagesOf(operation).map(({ name }) => name)).toEqual(Object.keys(table));
  });

  it('gives each message a summary, and a payload that names its type', () => {
    for (const message of [...messagesOf('fromClient'), ...messagesOf('toClient')]) {
      expect(message.summary).toMatch(/\w/);
      const { properties } = target(document, message.payload.$ref) as Document;
      const type = message.name === 'broadcast' ? { type: 'string' } : { const: message.name };
      expect(properties.type).toMatchObject(type);
      expect(Object.keys(properties)).toEqual(expect.arrayContaining(['type', 'data', 'message_id', 'timestamp']));
    }
  });

  it('names every error code', () => {
    const { data } = document.components.schemas.ErrorMessage.properties;
    const { code } = (target(document, data.$ref) as Document).properties;
    expect(target(document, code.$ref)).toMatchObject({ enum: ERROR_CODES });
  });

  it('says where clients connect', () => {
    expect(document.servers.gateway).toEqual({ host: 'example.com', protocol: 'wss', pathname: '/prod' });
    const local = asyncApiDocument({
      version: '1.2.3',
      webSocketUrl: 'ws://localhost:9004',
      accessControl: false,
      messages: clientMessages,
    });
    expect(local.servers.gateway).toEqual({ host: 'localhost:9004', protocol: 'ws' });
  });
});
