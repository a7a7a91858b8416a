import { rateLimitOf, readAppSettings, readSettings, SETTINGS, SettingError } from '../../../local/settings';

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(readSettings({})).toMatchObject({
      WS_HOST: '0.0.0.0',
      WS_PORT: 9004,
      API_PORT: 9005,
      CORS_ORIGINS: ['*'],
      AUTH: 'none',
    });
  });

  it('accept several origins', () => {
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

describe('the rate limit of each client', () => {
  it('comes from the settings', () => {
    expect(rateLimitOf(readSettings({ CLIENT_RATE: '5', CLIENT_BURST: '7' }))).toEqual({ perSecond: 5, burst: 7 });
  });

  it('is unlimited at CLIENT_RATE=0', () => {
    expect(rateLimitOf(readSettings({ CLIENT_RATE: '0' }))).toBeUndefined();
  });
});

describe('the team’s own settings', () => {
  const settings = {
    GREETING: { default: 'Hello', pattern: /^.{1,10}$/, allowed: 'a text of 1 to 10 characters' },
    MODEL_URL: { default: '', pattern: /^(https:.+)?$/, allowed: 'a URL, or nothing' },
  };

  it('have their defaults if the environment lacks them', () => {
    expect(readAppSettings(settings, { OTHER: 'x' })).toEqual({ GREETING: 'Hello', MODEL_URL: '' });
  });

  it('come from the variables of the same name, and from nothing else in the environment', () => {
    const environment = { GREETING: 'Hi', MODEL_URL: 'https://model.example', SECRET: 'hunter2' };
    expect(readAppSettings(settings, environment)).toEqual({ GREETING: 'Hi', MODEL_URL: 'https://model.example' });
  });

  it.each([
    ['GREETING', ''],
    ['GREETING', 'far too long'],
    ['MODEL_URL', 'http://model.example'],
  ])('%s=%j is refused with its name, its value and what is allowed', (name, value) => {
    const { allowed } = settings[name as keyof typeof settings];
    const read = () => readAppSettings(settings, { [name]: value });
    expect(read).toThrow(SettingError);
    expect(read).toThrow(`${name} is "${value}", but must be ${allowed}.`);
  });

  it('may be empty', () => {
    expect(readAppSettings({}, { GREETING: 'Hi' })).toEqual({});
  });
});
