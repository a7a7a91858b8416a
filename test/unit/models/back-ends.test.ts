/** What holds for each back end: it has the configured time, and is called once. */
import { createBedrockModel } from '../../../lambdas/aws/bedrock-model';
import { createHttpService } from '../../../lambdas/models/http-service';
import { ModelError } from '../../../lambdas/models/model-error';
import type { Model } from '../../../lambdas/models/model-responder';
import { type ModelSettings, modelSettingsFrom } from '../../../lambdas/models/model-settings';
import { createOpenAiModel } from '../../../lambdas/models/openai';
import type { HandlerContext } from '../../../lambdas/ports/handler-context';
import { systemClock } from '../../../lambdas/ports/runtime';
import { stringifyJson } from '../../../lambdas/protocol/json';
import { CONVERSE_END, converseEvent, converseWith } from '../../support/fake-bedrock';
import { completeWith, type EndpointRequest, type FakeEndpoint, startFakeEndpoint } from '../../support/fake-endpoint';

const aws = { region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'y' } };
const createModel: Record<'openai' | 'bedrock', (settings: ModelSettings) => Model> = {
  openai: (settings) => createOpenAiModel(settings, undefined),
  bedrock: (settings) => createBedrockModel(settings, aws),
};

let endpoint: FakeEndpoint;
beforeEach(async () => {
  endpoint = await startFakeEndpoint();
});
afterEach(() => endpoint.stop());

function settingsOf(RESPONDER: string, RESPONDER_SECONDS = '60'): ModelSettings {
  const variables = { RESPONDER, RESPONDER_URL: endpoint.url, RESPONDER_MODEL: 'm', RESPONDER_SECONDS };
  return modelSettingsFrom(variables, 'echo');
}

/** Asks the back end, without the reply's own time limit. */
function ask(settings: ModelSettings) {
  const { signal } = new AbortController();
  if (settings.backend === 'http') {
    const context = { clientId: 'a', labels: [], signal, clock: systemClock, history: async () => [] };
    const request = { content: 'Hi', role: 'user' };
    return createHttpService(settings, undefined)(request, context as unknown as HandlerContext);
  }
  const model = createModel[settings.backend as keyof typeof createModel](settings);
  return model.answer({ system: '', turns: [{ role: 'user', content: 'Hi' }], tools: [], signal });
}

const BACKENDS = ['openai', 'bedrock', 'http'];

it.each(BACKENDS)('%s that never answers is called once, and given up after RESPONDER_SECONDS', async (backend) => {
  await expect(ask(settingsOf(backend, '1')).next()).rejects.toThrow('failed');
  expect(endpoint.requests).toHaveLength(1);
});

it.each(BACKENDS)('%s that breaks the connection or fails is called once', async (backend) => {
  const answers: ((request: EndpointRequest) => void)[] = [
    ({ response }) => response.destroy(),
    ({ response }) => response.writeHead(500).end('{}'),
  ];
  for (const [index, answer] of answers.entries()) {
    const asked = ask(settingsOf(backend)).next();
    answer(await endpoint.next());
    await expect(asked).rejects.toThrow();
    expect(endpoint.requests).toHaveLength(index + 1);
  }
});

it('a model that is busy is retried', async () => {
  const asked = ask(settingsOf('openai')).next();
  (await endpoint.next()).response.writeHead(429).end('{}');
  completeWith(await endpoint.next(), { content: 'Good day' });
  expect((await asked).value).toBe('Good day');
});

describe('the arguments of a tool call', () => {
  const text = '{"id":9007199254740993,"price":1e400}';
  const answers: Record<string, (request: EndpointRequest) => void> = {
    openai: (request) =>
      completeWith(request, { tool_calls: [{ index: 0, id: 't', function: { name: 'find', arguments: text } }] }),
    bedrock: (request) => {
      const block = { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't', name: 'find' } } };
      const input = { contentBlockIndex: 0, delta: { toolUse: { input: text } } };
      converseWith(
        request,
        converseEvent('contentBlockStart', block),
        converseEvent('contentBlockDelta', input),
        CONVERSE_END,
      );
    },
  };

  it.each(Object.entries(answers))('of %s arrive digit for digit', async (backend, answer) => {
    const asked = ask(settingsOf(backend)).next();
    answer(await endpoint.next());
    const { done, value } = await asked;
    expect(done).toBe(true);
    expect((value as { params: unknown }[]).map(({ params }) => stringifyJson(params))).toEqual([text]);
  });
});

it('a signing key that is not base64 fails the answer, and is not in the error', () => {
  const create = () => createHttpService(settingsOf('http'), 'whsec_no base64 at all');
  expect(create).toThrow(new ModelError('RESPONDER_KEY must be whsec_ and a secret in base64'));
});
