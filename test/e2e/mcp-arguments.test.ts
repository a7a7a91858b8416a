/** Arguments of an MCP host's call with names that are special in JavaScript. */
import { call } from '../support/http';
import { startTestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

it.each(['__proto__', 'constructor', 'toString'])('an argument named %s reaches the client', async (name) => {
  const server = await startTestServer();
  const client = await TestClient.connect(server.webSocketUrl);
  try {
    await client.ask({ type: 'register_tools', data: { tools: [{ name: 'open_page' }] } });
    const params = `{"name":"open_page","arguments":{"${name}":{"page":7}}}`;
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;
    const answer = call('POST', `${server.httpUrl}/clients/${client.clientId}/mcp`, body);
    const { data } = await client.nextOf('tool_call');
    expect(JSON.stringify(data.params)).toBe(`{"${name}":{"page":7}}`);
    client.send({ type: 'tool_response', data: { call_id: data.call_id, result: 'Page 7' } });
    expect((await answer).body.result.content).toEqual([{ type: 'text', text: 'Page 7' }]);
  } finally {
    await client.close();
    await server.stop();
  }
});
