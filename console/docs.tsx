/** The page at /docs: Swagger UI for the HTTP API, and below it the messages of the WebSocket side, each to be tried. */
import { render } from 'preact';
import { MessagesPanel } from './messages-panel';
import { withClient } from './spec';

declare const SwaggerUIBundle: (options: object) => void;

async function json(path: string) {
  const response = await fetch(path);
  return response.json();
}

/** A connected client for the examples; undefined if nobody is connected, or the list needs a key. */
async function connectedClient(isClosed: boolean): Promise<string | undefined> {
  if (isClosed) return undefined;
  const { clients = [] } = await json('clients?limit=1');
  return clients[0]?.client_id;
}

async function start(): Promise<void> {
  const [openApi, asyncApi] = await Promise.all([json('openapi.json'), json('asyncapi.json')]);
  const isClosed = openApi.components.securitySchemes !== undefined;
  const clientId = await connectedClient(isClosed).catch(() => undefined);
  SwaggerUIBundle({
    // Calls go to the origin of the page, whatever it is.
    spec: { ...withClient(openApi, clientId), servers: [{ url: new URL('.', location.href).href.replace(/\/$/, '') }] },
    dom_id: '#docs',
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
  });
  const panel = document.getElementById('messages');
  if (panel) render(<MessagesPanel description={asyncApi} isClosed={isClosed} />, panel);
}

void start();
