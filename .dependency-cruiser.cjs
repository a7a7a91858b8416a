/**
 * Which folder may import which: cli, local, lib -> lambdas; inside lambdas one row may import the rows below it.
 *
 *   aws                                    adapters: the only files with an SDK
 *   websocket, http                        handlers
 *   events                                 what the team is told of
 *   broadcasts, replies, presence                    features of their own
 *   delivery, access, models               posting to a client; keys and tokens; back ends
 *   tools, mcp                             calling a tool by its name; tools of MCP servers
 *   app                                    what a team edits
 *   ports, routes                          interfaces; the table of routes
 *   protocol                               the wire
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */

/** From the top. A folder may import those after it in another row, and its own. */
const ROWS = [
  ['aws'],
  ['websocket', 'http'],
  ['events'],
  ['broadcasts', 'replies', 'presence'],
  ['delivery', 'access', 'models'],
  ['tools', 'mcp'],
  ['app'],
  ['ports', 'routes\\.ts'],
  ['protocol'],
];

/** No numbers are rounded by whoever reads and writes JSON with it. */
const JSON_PARSER = '^lambdas/protocol/json\\.ts$';

/** Development dependencies that are a part of what runs: `npm pack` and `cdk synth` put them into their bundles. */
const BUNDLED = [
  '@aws-lambda-powertools/.*',
  '@aws-sdk/.*',
  '@modelcontextprotocol/.*',
  '@smithy/.*',
  'esbuild', // makes the console, where it runs from a checkout
  'eventsource-parser',
  'jose',
  'openai',
  'prom-client',
  'standardwebhooks',
  'undici',
  'ws',
  'zod',
];

const inLambdas = (names) => `^lambdas/(${names.join('|')})(/|$)`;

const noArrowUp = ROWS.slice(1).map((row, index) =>
  rule(`no-arrow-up-from-${row[0].replace(/\W.*/, '')}`, 'An arrow that runs upward makes two layers one.', {
    from: { path: inLambdas(row) },
    to: { path: inLambdas(ROWS.slice(0, index + 1).flat()) },
  }),
);

const neighbours = ROWS.filter((row) => row.length > 1 && !row.includes('ports')).flatMap((row) =>
  row.map((name) =>
    rule(`${name}-is-apart`, 'Folders of one row know nothing of each other.', {
      from: { path: inLambdas([name]) },
      to: { path: inLambdas(row.filter((other) => other !== name)) },
    }),
  ),
);

module.exports = {
  forbidden: [
    rule('no-cycles', 'A cycle means that two files are one.', { from: {}, to: { circular: true } }),
    rule(
      'no-unresolved',
      'Every import exists (aws-lambda is types alone, erased; examples of the client import it by its name).',
      {
        from: {},
        to: { couldNotResolve: true, pathNot: '^(aws-lambda|@switchboard/client(/file-storage)?)$' },
      },
    ),
    ...noArrowUp,
    ...neighbours,
    rule('lambdas-know-no-host', 'What runs in Lambda knows no local server, test or infrastructure.', {
      from: { path: '^lambdas/' },
      to: { path: '^(local|cli|test|lib|bin|scripts)/' },
    }),
    rule('lib-takes-tables-only', 'Infrastructure needs plain data of what runs, and makes its bundles by name.', {
      from: { path: '^(lib|bin)/' },
      to: {
        path: '^(local|cli|lambdas)/',
        pathNot:
          '^lambdas/(routes|access/oidc-(rules|settings)|app/settings|aws/(tables|metrics|environment)|http/page-files|models/(model-settings|responder-rules)|mcp/mcp-servers|ports/(app|tasks)|protocol/(tool-descriptions|event-types|names))\\.ts$',
      },
    }),
    rule('sdk-in-aws-only', 'An SDK costs every function that loads it.', {
      from: {
        path: '^(lambdas|local|cli|lib|bin)/',
        pathNot: '^(lambdas/aws/|local/wire/|cli/keys/secrets-manager-store)',
      },
      to: { path: 'node_modules/(@aws-sdk|@smithy)/' },
    }),
    rule(
      'gateway-knows-no-switchboard',
      'The local gateway is a piece of its own: routes with handlers in, ports out.',
      {
        from: { path: '^local/gateway/' },
        to: { path: '^(lambdas/|cli/|local/(?!gateway/))' },
      },
    ),
    rule('client-is-a-stranger', 'The command-line client knows the wire, and of the server how it reads JSON.', {
      from: { path: '^cli/client/' },
      to: { path: '^(lambdas/|local/|cli/(?!client/))', pathNot: JSON_PARSER },
    }),
    rule(
      'console-is-a-stranger',
      'The console calls the HTTP API, and knows of the server how it reads JSON, and types.',
      {
        from: { path: '^console/', pathNot: '^console/answers\\.ts' }, // which imports types alone
        to: { path: '^(lambdas|local|cli|lib)/', pathNot: JSON_PARSER },
      },
    ),
    rule('clients-are-strangers', 'A client library knows the wire, and depends on nothing.', {
      from: { path: '^clients/[^/]+/src/', pathNot: '/file-storage\\.ts$' },
      to: { pathNot: '^clients/' },
    }),
    rule('no-dev-tools-at-run-time', 'What runs uses what is installed beside it, or becomes a part of a bundle.', {
      from: { path: '^(lambdas|local|cli)/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: `node_modules/(${[...BUNDLED, '@types/.*'].join('|')})/` },
    }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Its parser takes no JSX.
    exclude: { path: '\\.tsx$|^(cdk\\.out|\\.cache|test/generated|clients/[^/]+/dist)/' },
    parser: 'swc',
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
    },
  },
};

function rule(name, comment, { from, to }) {
  return { name, comment, severity: 'error', from, to };
}
