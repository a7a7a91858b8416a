/** What each side can do: `list_tools` of the server, `register_tools` of a client. */
import { comingBack } from './coming-back';
import type { ConformingClient } from './conforming-client';
import type { UnderTest } from './under-test';

const OPEN_PAGE = {
  name: 'open_page',
  description: 'Opens a page: 你好, 👩‍💻',
  input_schema: { type: 'object', properties: { page: { type: 'integer' } }, required: ['page'] },
};

export function tools(underTest: UnderTest): void {
  const { connect, http } = underTest;
  const { connectAgain, leave } = comingBack(underTest);

  const register = (client: ConformingClient, tools: unknown) =>
    client.ask({ type: 'register_tools', data: { tools } });

  async function toolsOf({ clientId }: ConformingClient) {
    const { body } = await http.call('GET /clients/{client_id}', { path: { client_id: clientId } });
    return body.tools;
  }

  describe('list_tools', () => {
    it('lists the server’s tools, each with the schema of its params', async () => {
      const client = await connect();
      const { type, data } = await client.ask({ type: 'list_tools' });
      expect(type).toBe('tools');
      const add = data.tools.find(({ name }: { name: string }) => name === 'add');
      expect(add).toEqual({
        name: 'add',
        description: 'Adds two numbers.',
        input_schema: {
          type: 'object',
          properties: { a: { type: 'number' }, b: { type: 'number' } },
          required: ['a', 'b'],
        },
      });
    });

    it('lists only tools that can be called', async () => {
      const client = await connect();
      const { data } = await client.ask({ type: 'list_tools', data: {} });
      for (const { name } of data.tools) {
        const answer = await client.ask({ type: 'tool_call', data: { tool_name: name, params: { a: 1, b: 2 } } });
        expect(answer.data).not.toHaveProperty('simulated');
      }
    });
  });

  describe('register_tools', () => {
    it('is shown with the client, marked as the client’s own words', async () => {
      const client = await connect();
      expect(await toolsOf(client)).toBeUndefined();
      const answer = await register(client, [OPEN_PAGE, { name: 'close', description: null, input_schema: null }]);
      expect(answer).toMatchObject({ type: 'tools_registered', data: { count: 2 } });
      expect(await toolsOf(client)).toEqual([
        { ...OPEN_PAGE, source: 'client' },
        { name: 'close', source: 'client' },
      ]);
    });

    it('outlives a connection, until the client registers other tools', async () => {
      const client = await connect();
      await register(client, [OPEN_PAGE]);
      await leave(client);
      const again = await connectAgain(client);
      expect(await toolsOf(again)).toMatchObject([{ name: 'open_page' }]);
      await register(again, []);
      expect(await toolsOf(again)).toEqual([]);
    });

    it('may use emoji in descriptions, and scripts that need joiners', async () => {
      const client = await connect();
      const description = 'Shows ❤️‍🔥, 👁️‍🗨️, 👨‍👩‍👧 and 1️⃣; نمی‌خواهم';
      await register(client, [{ name: 'x', description }]);
      expect(await toolsOf(client)).toMatchObject([{ name: 'x', description }]);
    });

    it('of one client does not affect another', async () => {
      const [client, other] = await Promise.all([connect(), connect()]);
      await register(client, [OPEN_PAGE]);
      expect(await toolsOf(other)).toBeUndefined();
    });

    it.each<[string, unknown, string]>([
      ['something other than a list', undefined, 'data.tools'],
      ['more than 64 tools', Array.from({ length: 65 }, (_, index) => ({ name: `tool_${index}` })), 'data.tools'],
      ['a tool without a name', [{}], 'data.tools.0.name'],
      ['an empty name', [{ name: '' }], 'data.tools.0.name'],
      ['a name of 65 characters', [{ name: 'x'.repeat(65) }], 'data.tools.0.name'],
      ['a name with a space', [{ name: 'open page' }], 'data.tools.0.name'],
      ['a name with a line break', [{ name: 'open_page\n' }], 'data.tools.0.name'],
      ['a duplicate name', [OPEN_PAGE, OPEN_PAGE], 'data.tools.1.name'],
      ['a long description', [{ name: 'x', description: 'x'.repeat(1_025) }], 'data.tools.0.description'],
      ['a control character', [{ name: 'x', description: 'a\u001b[2J' }], 'data.tools.0.description'],
      ['half a character', [{ name: 'x', description: '\ud800' }], 'data.tools.0.description'],
      ['hidden characters', [{ name: 'x', description: 'a\u{e0041}\u{e0042}' }], 'data.tools'],
      ['hidden selectors', [{ name: 'x', description: 'a\u{e0100}\u{e0123}' }], 'data.tools'],
      ['joiners in a row', [{ name: 'x', description: 'a\u200d\u200c\u200d' }], 'data.tools'],
      ['an invisible letter', [{ name: 'x', description: 'a\u3164' }], 'data.tools'],
      ['a turned text', [{ name: 'x', description: 'a\u202eb' }], 'data.tools'],
      ['a schema with hidden characters', [{ name: 'x', input_schema: { title: 'a\u200b' } }], 'data.tools'],
      ['a schema that is not an object', [{ name: 'x', input_schema: 'any' }], 'data.tools.0.input_schema'],
      ['too much data in total', [{ name: 'x', input_schema: { title: 'x'.repeat(33_000) } }], 'data.tools'],
    ])('is refused if it has %s, and leaves the tools as they were', async (_, wrong, path) => {
      const client = await connect();
      await register(client, [OPEN_PAGE]);
      const { data } = await register(client, wrong);
      expect(data).toMatchObject({ code: 'invalid_message', details: [{ path }] });
      expect(await toolsOf(client)).toMatchObject([{ name: 'open_page' }]);
    });
  });
}
