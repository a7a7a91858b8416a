/** The page at /docs: Swagger UI over our OpenAPI description, every asset from this server. */

/** Scripts, styles and calls are limited to this server, and nothing is inline. The message box also connects to its WebSocket. */
export function docsPolicy(webSocketUrl: string): string {
  return [
    `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ${socketSource(webSocketUrl)}; img-src 'self' data:`,
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ].join('; ');
}

/** CSP has no syntax for IPv6 addresses. */
export function socketSource(webSocketUrl: string): string {
  const { protocol, host } = new URL(webSocketUrl);
  return host.startsWith('[') ? protocol : `${protocol}//${host}`;
}

export const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Switchboard API</title>
  <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
  <link rel="stylesheet" href="docs/swagger-ui.css">
  <link rel="stylesheet" href="docs/page.css">
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
