/** The configured responder. Its back end is loaded on the first question. */

import type { App } from '../ports/app';
import type { HandlerContext } from '../ports/handler-context';
import type { Responder } from '../ports/responder';
import type { OfferedTool, ToolSource } from '../ports/tool-source';
import { createCallTool } from '../tools/call-tool';
import { modelToolsOf } from './app-tools';
import { type Model, respondWithModel } from './model-responder';
import { type Backend, KEY_SECRET, type ModelSettings } from './model-settings';

export interface CreateResponderOptions {
  settings: ModelSettings;
  app: App;
  /** Whether a key is configured. If it is and cannot be read, the reply fails. */
  hasKey: boolean;
  /** Loads the AWS SDK, which only the host imports. */
  bedrock(settings: ModelSettings): Promise<Model>;
  /** Tools in addition to the app's. */
  moreTools?: ToolSource;
}

/** Length limit of tool names in models. They may contain letters, digits, _ and -. */
const LONGEST_NAME = 64;

/** Renames tools to valid, unique names for models: duplicates get a number at the end, in order. */
export function namedForModels(tools: readonly OfferedTool[], taken: readonly string[]): OfferedTool[] {
  const names = new Set(taken);
  return tools.map((tool) => {
    const given = tool.name.replace(/[^A-Za-z0-9_-]/g, '_');
    let name = given.slice(0, LONGEST_NAME);
    for (let number = 2; names.has(name); number++) {
      const end = `_${number}`;
      name = given.slice(0, LONGEST_NAME - end.length) + end;
    }
    names.add(name);
    return { ...tool, name };
  });
}

type Respond = (...given: Parameters<Responder['respond']>) => AsyncIterable<string>;

export function createResponder({ settings, app, hasKey, bedrock, moreTools }: CreateResponderOptions): Responder {
  if (settings.backend === 'echo') return app.responder;
  const ownTools = modelToolsOf(app.tools, createCallTool(app.tools));

  async function tools(): Promise<OfferedTool[]> {
    if (!settings.offersTools) return [];
    const others = (await moreTools?.tools()) ?? [];
    const ownNames = ownTools.map(({ name }) => name);
    return [...ownTools, ...namedForModels(others, ownNames)];
  }

  const keyOf = async (context: HandlerContext) => (hasKey ? context.secret(KEY_SECRET) : undefined);
  const withModel = (model: Model): Respond =>
    async function* respond(request, context) {
      yield* respondWithModel(model, request, context, settings, await tools());
    };

  const loaders: Readonly<Record<Exclude<Backend, 'echo'>, (key: string | undefined) => Promise<Respond>>> = {
    async openai(key) {
      const { createOpenAiModel } = await import('./openai');
      return withModel(createOpenAiModel(settings, key));
    },
    bedrock: async () => withModel(await bedrock(settings)),
    async http(key) {
      const { createHttpService } = await import('./http-service');
      return createHttpService(settings, key);
    },
  };
  const load = loaders[settings.backend];
  let loaded: { key: string | undefined; respond: Promise<Respond> } | undefined;

  return {
    model: settings.model,
    async *respond(request, context) {
      const key = await keyOf(context);
      if (loaded?.key !== key || !loaded) loaded = { key, respond: load(key) }; // a new key needs a new client
      loaded.respond.catch(() => {
        loaded = undefined; // do not cache failures
      });
      yield* (await loaded.respond)(request, context);
    },
  };
}
