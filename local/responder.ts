/** The responder of chat messages on this machine. */
import { createResponder } from '../lambdas/models/create-responder';
import { isModel, KEY_SECRET, type ModelVariables, modelSettingsFrom } from '../lambdas/models/model-settings';
import type { App } from '../lambdas/ports/app';
import type { Dependencies } from '../lambdas/ports/dependencies';
import type { ToolSource } from '../lambdas/ports/tool-source';
import type { Environment, Settings } from './settings';

/** @param environment  contains the key, if there is one */
export function createLocalResponder(
  given: Settings,
  app: App,
  environment: Environment,
  moreTools: ToolSource,
): Pick<Dependencies, 'responder' | 'repliesInTask' | 'replySettings'> {
  const variables: ModelVariables = given;
  const settings = modelSettingsFrom(variables, app.responder.model);
  const responder = createResponder({
    settings,
    app,
    moreTools,
    hasKey: (environment[KEY_SECRET] ?? '') !== '',
    async bedrock(ofModel) {
      const { createBedrockModel } = await import('../lambdas/aws/bedrock-model');
      return createBedrockModel(ofModel);
    },
  });
  return { responder, repliesInTask: isModel(variables) || app.responder.inline !== true, replySettings: settings };
}
