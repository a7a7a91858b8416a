/** The Lambda handlers, created for this process from the table of routes. */
import type { Dependencies } from '../lambdas/ports/dependencies';
import type { TaskContext, TaskName } from '../lambdas/ports/tasks';
import {
  authorizers,
  type FunctionName,
  failures,
  functionNames,
  httpRoutes,
  tasks,
  webSocketRoutes,
} from '../lambdas/routes';
import type { WebSocketAuthorizer } from './gateway/authorizer';
import type { HttpAuthorizer } from './gateway/http-authorizer';
import type { TaskRunner } from './tasks-in-process';

/** A handler of any kind: the table of routes says which events it gets. */
// biome-ignore lint/suspicious/noExplicitAny: the table of routes pairs handlers and events, beyond what types can say
type AnyHandler = (event: any, context?: TaskContext) => Promise<any>;

interface FunctionModule {
  create(dependencies: Dependencies): AnyHandler;
}

/** Lazy import at the first event: MCP's dependencies would slow down the start for everybody. */
const LOADED_LATE: FunctionName = 'http/mcp';

/** Tasks that are retried if they fail, and continue after a restart. */
const MUST_END: ReadonlySet<TaskName> = new Set(['respond', 'broadcast_segment', 'revoke']);

/** Tasks that are retried as on AWS, but end with the process, as the connections do to which they post. */
const RETRIED: ReadonlySet<TaskName> = new Set(['presence', 'presence_request']);

/** @param dependenciesOf  called once for each function */
export async function createHandlers(dependenciesOf: (name: FunctionName) => Dependencies) {
  const handlers = new Map<FunctionName, AnyHandler>();
  const load = async (name: FunctionName) => {
    const { create }: FunctionModule = await import(`../lambdas/${name}.ts`);
    return create(dependenciesOf(name));
  };
  for (const name of functionNames)
    handlers.set(name, name === LOADED_LATE ? late(() => load(name)) : await load(name));
  const handlerOf = (name: FunctionName) => handlers.get(name) as AnyHandler;

  const webSocketAuthorizer: WebSocketAuthorizer = {
    handler: handlerOf(authorizers.webSocket),
    identitySources: [], // a token can be in two places, and all identity sources would be required
  };
  const httpAuthorizer: HttpAuthorizer = {
    handler: handlerOf(authorizers.http),
    identitySources: ['$request.header.Authorization'],
    routes: httpRoutes.filter(({ access }) => access === 'api_key').map(({ routeKey }) => routeKey),
  };
  return {
    webSocket: Object.fromEntries(webSocketRoutes.map((route) => [route.routeKey, handlerOf(route.function)])),
    webSocketAuthorizer,
    http: Object.fromEntries(httpRoutes.map((route) => [route.routeKey, handlerOf(route.function)])),
    httpAuthorizer,
    runner: {
      run: (task, context) => handlerOf(tasks[task.task])(task, context),
      hasToEnd: ({ task }) => MUST_END.has(task),
      isRetried: ({ task }) => RETRIED.has(task),
      failed(task) {
        const name = (failures as Partial<Record<TaskName, FunctionName>>)[task.task];
        return name && (() => handlerOf(name)({ requestPayload: task }));
      },
    } satisfies TaskRunner,
  };
}

function late(load: () => Promise<AnyHandler>): AnyHandler {
  let handler: Promise<AnyHandler> | undefined;
  return async (event, context) => {
    handler ??= load();
    return (await handler)(event, context);
  };
}
