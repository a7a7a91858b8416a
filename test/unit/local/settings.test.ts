import { readSettings, SETTINGS } from '../../../local/settings';

describe('settings', () => {
  it('are the documented defaults where nobody says otherwise', () => {
    expect(readSettings({})).toMatchObject({
      WS_HOST: '0.0.0.0',
      WS_PORT: 9004,
      API_PORT: 9005,
      CORS_ORIGINS: ['*'],
      AUTH: 'none',
    });
  });

  it('take several origins', () => {
    const { CORS_ORIGINS } = readSettings({ CORS_ORIGINS: 'https://a.example,http://b.example:8080' });
    expect(CORS_ORIGINS).toEqual(['https://a.example', 'http://b.example:8080']);
  });

  it.each([
    ['WS_HOST', ''],
    ['WS_PORT', 'abc'],
    ['WS_PORT', '65536'],
    ['API_PORT', '-1'],
    ['API_PORT', ''],
    ['CORS_ORIGINS', 'example.com'],
    ['CORS_ORIGINS', 'https://a.example/'],
    ['AUTH', 'Token'],
    ['KEYS_FILE', ''],
    ['HISTORY_SECONDS', '0'],
    ['HISTORY_PER_CLIENT', '1.5'],
    ['HISTORY_TOTAL_BYTES', '1e6'],
    ['MAX_UNSENT_BYTES', '0x10'],
    ['IDLE_SECONDS', ' 5'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%j is refused with its name, its value and what is allowed', (name, value) => {
    const { allowed } = SETTINGS[name as keyof typeof SETTINGS];
    expect(() => readSettings({ [name]: value })).toThrow(`${name} is "${value}", but must be ${allowed}.`);
  });
});
