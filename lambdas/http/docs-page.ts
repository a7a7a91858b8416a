/** The page at /docs: Swagger UI over our OpenAPI description, every asset from this server. */

/**
 * Fixes for Swagger UI: the server selector has one entry, the links column is always empty, and the message table is wider than a phone.
 * The server strip stays visible if it contains the Authorize button.
 */
const STYLE = `
    .scheme-container .servers, .scheme-container .servers-title { display: none; }
    .scheme-container:not(:has(.auth-wrapper)) { display: none; }
    .responses-table .response-col_links { display: none; }
    nav { max-width: 1460px; margin: 0 auto; padding: 1rem 20px 0; font: 14px/1.5 sans-serif; }
    nav a { margin-right: 1rem; color: #1d4ed8; }
    #messages { max-width: 1460px; margin: 0 auto; padding: 0 20px 4rem; color: #3b4151; font: 14px/1.5 sans-serif; }
    #messages a, #messages summary > code:first-child { color: #1d4ed8; }
    #messages summary { padding: .4rem 0; cursor: pointer; }
    #messages details { border-bottom: 1px solid #d8dde7; }
    #messages pre, #messages textarea, #messages .frames { font: 12px/1.5 monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
    #messages pre, #messages .frames { margin: .5rem 0; padding: .75rem; background: #f2f4f7; }
    #messages .frames { min-height: 4rem; max-height: 16rem; overflow-y: auto; }
    #messages input, #messages textarea { box-sizing: border-box; width: 100%; padding: .4rem; border: 1px solid #6b7280; border-radius: 4px; }
    #messages button { margin: .5rem 0; padding: .4rem 1rem; background: #1d4ed8; border: 0; border-radius: 4px; color: #fff; cursor: pointer; }
    #messages button:disabled { background: #e5e7eb; color: #4b5563; cursor: default; }
    #messages .connect { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: end; }
    #messages .connect label { flex: 1 1 16rem; }
    #messages .connect button { margin: 0; }
    @media (max-width: 640px) {
      .info table, .info tbody { display: block; }
      .info thead { display: none; }
      .info tr { display: grid; grid-template-columns: 4rem 1fr; padding: .5rem 0; border-bottom: 1px solid #8884; }
      .swagger-ui .info td, .swagger-ui .info td:first-of-type { padding: 0; }
      .swagger-ui .info td:last-child { grid-column: 2; }
    }
`;

/**
 * Swagger UI uses inline styles and data: URLs for its icons. Scripts and calls are limited to this server; the message box also connects
 * to its WebSocket.
 */
export function docsPolicy(webSocketUrl: string): string {
  const { protocol, host } = new URL(webSocketUrl);
  const socket = host.startsWith('[') ? protocol : `${protocol}//${host}`; // CSP has no syntax for IPv6 addresses
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
  <nav>
    <a href="#docs">HTTP calls</a> <a href="#messages">WebSocket messages</a>
    <a href="docs/browser.html">Example client</a> <a href="console">Console</a>
  </nav>
  <div id="docs"></div>
  <div id="messages"></div>
  <noscript>This page needs JavaScript; the descriptions are <a href="openapi.json">openapi.json</a>
  and <a href="asyncapi.json">asyncapi.json</a>.</noscript>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/page.js"></script>
</body>
</html>
`;
