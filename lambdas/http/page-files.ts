/** Files of the web pages, by their path. No other files are served. */

export interface PageFile {
  /** For `readAsset`: in swagger-ui-dist or `examples/`, or built from `console/`. */
  source: string;
  /** Media type. */
  type: string;
}

const CSS = 'text/css; charset=utf-8';
const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

export const PAGE_FILES: ReadonlyMap<string, PageFile> = new Map([
  ['docs/swagger-ui.css', { source: 'swagger-ui-dist/swagger-ui.css', type: CSS }],
  ['docs/swagger-ui-bundle.js', { source: 'swagger-ui-dist/swagger-ui-bundle.js', type: SCRIPT }],
  ['docs/favicon-32x32.png', { source: 'swagger-ui-dist/favicon-32x32.png', type: 'image/png' }],
  ['docs/page.css', { source: 'console/page.css', type: CSS }],
  ['docs/page.js', { source: 'console/docs.js', type: SCRIPT }],
  ['docs/browser.html', { source: 'examples/browser.html', type: HTML }],
  ['console', { source: 'console/index.html', type: HTML }],
  ['console/console.js', { source: 'console/console.js', type: SCRIPT }],
  ['console/style.css', { source: 'console/style.css', type: CSS }],
]);
