/** The page at /docs: Swagger UI over our OpenAPI description, every asset from this server. */

/** The page's own script; a file, because the page's policy forbids inline ones. */
export const SCRIPT_NAME = 'page.js';
export const SCRIPT = `fetch('openapi.json')
  .then((answer) => answer.json())
  .then((description) => {
    // Calls go where the page came from, under whatever address that is.
    const server = { url: new URL('.', location.href).href.replace(/\\/$/, '') };
    SwaggerUIBundle({
      spec: { ...description, servers: [server] },
      dom_id: '#docs',
      deepLinking: true,
      defaultModelsExpandDepth: 0,
      validatorUrl: null,
    });
  });
`;

/**
 * What Swagger UI leaves to wish: the choice of one server, a column of links that no answer has, and a table of messages
 * that is wider than a phone. The strip of the servers stays where it holds the button for a key.
 */
const STYLE = `
    .scheme-container .servers, .scheme-container .servers-title { display: none; }
    .scheme-container:not(:has(.auth-wrapper)) { display: none; }
    .responses-table .response-col_links { display: none; }
    @media (max-width: 640px) {
      .info table, .info tbody { display: block; }
      .info thead { display: none; }
      .info tr { display: grid; grid-template-columns: 4rem 1fr; padding: .5rem 0; border-bottom: 1px solid #8884; }
      .swagger-ui .info td, .swagger-ui .info td:first-of-type { padding: 0; }
      .swagger-ui .info td:last-child { grid-column: 2; }
    }
`;

/** Swagger UI sets styles on elements and has its icons in data: URLs; scripts and calls stay with this server, and the box connects to it. */
export function docsPolicy(webSocketUrl: string): string {
  const { protocol, host } = new URL(webSocketUrl);
  const socket = host.startsWith('[') ? protocol : `${protocol}//${host}`; // a policy has no IPv6 addresses
  return `default-src 'self'; connect-src 'self' ${socket}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'`;
}

export const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Switchboard API</title>
  <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
  <link rel="stylesheet" href="docs/swagger-ui.css">
  <style>${STYLE}  </style>
</head>
<body>
  <div id="docs"></div>
  <noscript>This page needs JavaScript; the descriptions are <a href="openapi.json">openapi.json</a>
  and <a href="asyncapi.json">asyncapi.json</a>.</noscript>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/${SCRIPT_NAME}"></script>
</body>
</html>
`;
