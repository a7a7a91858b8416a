/**
 * Which folder may import which. One direction only: local -> lambdas; inside lambdas, entries -> gateway, messages,
 * tools -> protocol and interfaces. An SDK is imported by its adapter alone.
 * @type {import('dependency-cruiser').IConfiguration}
 */

/** Files that talk to AWS, or make a client that does. */
const ADAPTERS =
  '^lambdas/(sessions/(dynamodb-|create-tables)|broadcasts/dynamodb-|connections/api-gateway-|background/lambda-|access/secrets-manager-)';
/** What Lambda loads: builds the dependencies of one function each. */
const FUNCTIONS = '^lambdas/functions/';
const ENTRIES = '^lambdas/(websocket|http|background)/';

module.exports = {
  forbidden: [
    rule('no-cycles', 'A cycle means that two files are one.', { from: {}, to: { circular: true } }),
    rule('no-unresolved', 'Every import names something that is there (aws-lambda is types alone, erased).', {
      from: {},
      to: { couldNotResolve: true, pathNot: '^aws-lambda$' },
    }),
    rule('lambdas-know-no-host', 'What runs in Lambda knows neither the local server, nor tests, nor infrastructure.', {
      from: { path: '^lambdas/' },
      to: { path: '^(local|test|lib|bin|scripts)/' },
    }),
    rule('lib-takes-tables-only', 'Infrastructure names entries by path; of their code it needs what is plain data.', {
      from: { path: '^lib/' },
      to: {
        path: '^(local|lambdas)/',
        pathNot: '^lambdas/(routes|sessions/tables|functions/metrics)\\.ts$',
      },
    }),
    rule('bin-takes-lib-only', 'The CDK app only starts the stack.', {
      from: { path: '^bin/' },
      to: { path: '^(lambdas|local)/' },
    }),
    rule('protocol-is-the-bottom', 'The protocol depends on nothing of ours.', {
      from: { path: '^lambdas/protocol/' },
      to: { path: '^lambdas/', pathNot: '^lambdas/protocol/' },
    }),
    rule('entries-are-the-top', 'Nothing below an entry reaches up to one; the interface of tasks is no entry.', {
      from: { path: '^lambdas/', pathNot: [ENTRIES, FUNCTIONS] },
      to: { path: ENTRIES, pathNot: '^lambdas/background/tasks\\.ts$' },
    }),
    rule('functions-are-for-lambda', 'What builds from a function environment is shared by the wire host alone.', {
      from: { pathNot: [FUNCTIONS, '^test/'] },
      to: { path: FUNCTIONS, pathNot: '^lambdas/functions/(adapters/|(environment|metrics)\\.ts$)' },
    }),
    rule('messages-and-tools-push-nothing', 'A handler answers; it reaches neither stores nor connections.', {
      from: { path: '^lambdas/(messages|tools)/' },
      to: { path: '^lambdas/(sessions|connections|broadcasts|gateway)/' },
    }),
    rule('stores-do-not-push', 'A store that also pushes is two things.', {
      from: { path: '^lambdas/sessions/' },
      to: { path: '^lambdas/(connections|messages|tools|gateway)/' },
    }),
    rule('core-knows-interfaces-only', 'Handlers get their stores and connections passed in.', {
      from: { path: '^lambdas/', pathNot: [ADAPTERS, FUNCTIONS] },
      to: {
        path: `${ADAPTERS}|^lambdas/(sessions|broadcasts)/memory-`,
        pathNot: '^lambdas/sessions/memory-history\\.ts$',
      },
    }),
    rule('sdk-in-adapters-only', 'An SDK costs every function that loads it.', {
      from: {
        path: '^(lambdas|local|lib|bin)/',
        pathNot: [ADAPTERS, '^lambdas/functions/(adapters|sdk)/', '^local/(wire/|keys/secrets-manager-store)'],
      },
      to: { path: 'node_modules/(@aws-sdk|@smithy)/' },
    }),
    rule(
      'gateway-knows-no-switchboard',
      'The local gateway is a piece of its own: routes with handlers in, ports out.',
      {
        from: { path: '^local/gateway/' },
        to: { path: '^(lambdas/|local/(?!gateway/))' },
      },
    ),
    rule('local-knows-no-message', 'The local host carries messages and never looks into one.', {
      from: { path: '^local/' },
      to: {
        path: '^lambdas/(protocol/(?!limits\\.ts)|messages/(?!(table|responder)\\.ts)|tools/(?!(table|tool|call-tool)\\.ts))',
      },
    }),
    rule('client-is-a-stranger', 'The command-line client knows the wire, and nothing of the server.', {
      from: { path: '^local/client/' },
      to: { path: '^(lambdas/|local/(?!client/))' },
    }),
    rule('no-dev-tools-at-run-time', 'What runs is made of what is installed to run it.', {
      from: { path: '^(lambdas|local)/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(cdk\\.out|\\.cache)/' },
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
