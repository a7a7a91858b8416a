/** The files of the pages for people, by the path at which they are served. Nothing else is. */

export interface PageFile {
  /** For `readAsset`: of swagger-ui-dist, of `examples/`, or made from `console/`. */
  source: string;
  /** Its media type. */
  type: string;
}

const CSS = 'text/css; charset=utf-8';
const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

export const PAGE_FILES: ReadonlyMap<string, PageFile> = new Map([
  ['docs/swagger-ui.css', { source: 'swagger-ui-dist/swagger-ui.css', type: CSS }],
  ['docs/swagger-ui-bundle.js', { source: 'swagger-ui-dist/swagger-ui-bundle.js', type: SCRIPT }],
  ['docs/favicon-32x32.png', { source: 'swagger-ui-dist/favicon-32x32.png', type: 'image/png' }],
  ['docs/page.js', { source: 'console/docs.js', type: SCRIPT }],
  ['docs/browser.html', { source: 'examples/browser.html', type: HTML }],
  ['console', { source: 'console/index.html', type: HTML }],
  ['console/console.js', { source: 'console/console.js', type: SCRIPT }],
  ['console/style.css', { source: 'console/style.css', type: CSS }],
]);
