/** Settings about addresses: of this server, of its proxies, and of web pages. */
import { readSettings, SETTINGS } from '../../../local/settings';

it('nobody is trusted and nothing is public by default', () => {
  expect(readSettings({})).toMatchObject({ PUBLIC_WS_URL: '', PUBLIC_API_URL: '', TRUSTED_PROXIES: [], ORIGINS: [] });
});

it.each([
  ['PUBLIC_WS_URL', 'wss://gw.example.com/live/', 'wss://gw.example.com/live/'],
  ['PUBLIC_API_URL', 'https://gw.example.com/api/', 'https://gw.example.com/api'], // followed by a path
  ['TRUSTED_PROXIES', 'loopback,10.0.0.0/8,2001:db8::1', ['loopback', '10.0.0.0/8', '2001:db8::1']],
  ['ORIGINS', 'https://a.example,http://b.example:8080', ['https://a.example', 'http://b.example:8080']],
  ['ORIGINS', '*', ['*']],
])('%s=%s is %j', (name, text, value) => {
  expect(readSettings({ [name]: text })).toMatchObject({ [name]: value });
});

it.each([
  ['PUBLIC_WS_URL', 'https://gw.example.com'],
  ['PUBLIC_WS_URL', 'gw.example.com'],
  ['PUBLIC_WS_URL', 'wss://gw.example.com/?a=b'],
  ['PUBLIC_WS_URL', 'wss://user:secret@gw.example.com'],
  ['PUBLIC_API_URL', 'wss://gw.example.com'],
  ['PUBLIC_API_URL', 'https://gw.example.com/#a'],
  ['TRUSTED_PROXIES', 'proxy.example.com'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['TRUSTED_PROXIES', '*'],
  ['ORIGINS', 'app.example.com'],
])('%s=%s is refused with its name, its value and what is allowed', (name, value) => {
  const { allowed } = SETTINGS[name as keyof typeof SETTINGS];
  expect(() => readSettings({ [name]: value })).toThrow(`${name} is "${value}", but must be ${allowed}.`);
});
