/** The page at /docs: Swagger UI over our OpenAPI description, every asset from this server. */

/** The page's own script; a file, because the page's policy forbids inline ones. */
export const SCRIPT_NAME = 'page.js';
export const SCRIPT = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;

/** Swagger UI sets styles on elements and has its icons in data: URLs; scripts and calls stay with this server. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

export const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Switchboard API</title>
  <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
  <link rel="stylesheet" href="docs/swagger-ui.css">
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
