/** What the page at /docs loads beside its own script. */

/** Files of swagger-ui-dist that the page loads, and their media types. Nothing else of the package is served. */
export const ASSETS: ReadonlyMap<string, string> = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
]);
