/** The page at /docs: Swagger UI for the HTTP API, and below it the WebSocket messages, which can be tried out. */
import { render } from 'preact';
import { MessagesPanel } from './messages-panel';
import { withClient } from './spec';

/** The part of it that is used here. */
interface SwaggerUi {
  getStore(): { subscribe(listener: () => void): void };
  authSelectors: { authorized(): { toJS(): Record<string, { value?: string } | undefined> } };
  specActions: { updateJsonSpec(description: object): void };
}

declare const SwaggerUIBundle: (options: object) => SwaggerUi;

async function json(path: string, key?: string) {
  const response = await fetch(path, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });
  return response.json();
}

/** A connected client; undefined if nobody is connected, or the key may not read the list. */
async function firstClient(key: string | undefined): Promise<string | undefined> {
  const { clients = [] } = await json('clients?limit=1', key).catch(() => ({}));
  return clients[0]?.client_id;
}

/** Keeps a connected client's id in the examples: the client that this page has connected, or else the first in the list. */
function prefill(ui: SwaggerUi, description: Record<string, unknown>, isClosed: boolean) {
  let own: string | undefined;
  let key: string | undefined;
  let shown: string | undefined;

  async function refresh(): Promise<void> {
    const first = own !== undefined || (isClosed && key === undefined) ? undefined : await firstClient(key);
    const clientId = own ?? first;
    if (clientId === shown) return;
    shown = clientId;
    ui.specActions.updateJsonSpec(withClient(description, clientId));
  }

  ui.getStore().subscribe(() => {
    const { value } = Object.values(ui.authSelectors.authorized().toJS())[0] ?? {};
    if (value === key) return;
    key = value;
    void refresh();
  });
  return (clientId: string | undefined) => {
    own = clientId;
    void refresh();
  };
}

/** Swagger UI is dark by a class, not by the system's setting. */
function followColorScheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', apply);
  apply();
}

async function start(): Promise<void> {
  const [openApi, asyncApi] = await Promise.all([json('openapi.json'), json('asyncapi.json')]);
  const isClosed = openApi.components.securitySchemes !== undefined;
  // Calls go to the origin of the page, whatever it is.
  const servers = [{ url: new URL('.', location.href).href.replace(/\/$/, '') }];
  const [introduction] = openApi.info.description.split('\n\n'); // the rest is about messages, which this page has below
  const spec = { ...openApi, servers, info: { ...openApi.info, description: introduction } };
  const ui = SwaggerUIBundle({
    spec,
    dom_id: '#docs',
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
  });
  const onClient = prefill(ui, spec, isClosed);
  const panel = document.getElementById('messages');
  if (panel) render(<MessagesPanel description={asyncApi} isClosed={isClosed} onClient={onClient} />, panel);
}

followColorScheme();
void start();
