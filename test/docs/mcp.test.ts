/** docs/mcp.md: the server accepts everything the page says to paste. */
import { httpCalls } from '../../lambdas/protocol/http-calls';
import { readSettings } from '../../local/settings';
import { blocksOf } from '../support/markdown';
import { readMarkdown } from '../support/readme';

const page = readMarkdown('docs/mcp.md');
const blocks = blocksOf(page)
  .filter(({ language }) => language === 'json')
  .map(({ code }) => ({ code, value: JSON.parse(code) }));

it('names an address of the server', () => {
  const urls = blocks.flatMap(({ code }) => code.match(/http:\/\/localhost:9005[^"]*/g) ?? []);
  expect(urls).toHaveLength(3);
  for (const url of urls) {
    const key = `POST ${new URL(url).pathname.replace('CLIENT_ID', '{client_id}')}`;
    expect(Object.keys(httpCalls)).toContain(key);
  }
});

it('shows servers that the setting accepts', () => {
  const servers = blocks.map(({ code }) => code).find((code) => code.includes('"weather"'));
  const { MCP_SERVERS } = readSettings({ MCP_SERVERS: servers });
  expect(Object.keys(MCP_SERVERS)).toEqual(['weather', 'files']);
});
