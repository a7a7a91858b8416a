/** The responder for tasks. In its own file, because it loads the model SDKs. */
import { createResponder } from '../../models/create-responder';
import { KEY_SECRET, modelSettingsFrom } from '../../models/model-settings';
import type { App } from '../../ports/app';
import type { Responder } from '../../ports/responder';
import { secretVariable } from '../environment';
import { mcpTools } from './app';
import type { FunctionContext } from './function-context';

export function responder(context: FunctionContext): Responder {
  const { environment, app } = context;
  const team = app as App;
  return createResponder({
    settings: modelSettingsFrom(environment, team.responder.model),
    app: team,
    moreTools: mcpTools(context),
    hasKey: environment[secretVariable(KEY_SECRET)] !== undefined,
    async bedrock(settings) {
      const { createBedrockModel } = await import('../bedrock-model');
      return createBedrockModel(settings);
    },
  });
}
