/** Tools of MCP servers may have names that models do not accept. */
import { namedForModels } from '../../../lambdas/models/create-responder';
import type { OfferedTool } from '../../../lambdas/ports/tool-source';

const tool = (name: string): OfferedTool => ({
  name,
  description: name,
  parameters: {},
  call: async () => ({ result: name }),
});

function named(names: string[], taken: string[] = []): string[] {
  return namedForModels(names.map(tool), taken).map(({ name }) => name);
}

it('a character that models do not accept becomes _', () => {
  expect(named(['weather.get_forecast', 'weather.größe'])).toEqual(['weather_get_forecast', 'weather_gr__e']);
});

it.each([
  ['two tools of servers', ['a.b', 'a_b', 'a-b', 'a b'], [], ['a_b', 'a_b_2', 'a-b', 'a_b_3']],
  ['a tool of the app', ['a.b'], ['a_b', 'a_b_2'], ['a_b_3']],
  [
    'long names',
    [`a.${'x'.repeat(80)}1`, `a.${'x'.repeat(80)}2`],
    [],
    [`a_${'x'.repeat(62)}`, `a_${'x'.repeat(60)}_2`],
  ],
])('%s never share a name', (_, given, taken, names) => {
  expect(named(given, taken)).toEqual(names);
});
