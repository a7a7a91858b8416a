import { createEnvironmentSecrets } from '../../../local/environment-secrets';

describe('secrets in the environment', () => {
  it('are variables of the same name', async () => {
    const secrets = createEnvironmentSecrets({ OPENAI_API_KEY: 'sk-1', OTHER_KEY: 'other' });
    expect(await secrets.get('OPENAI_API_KEY')).toBe('sk-1');
    expect(await secrets.get('OTHER_KEY')).toBe('other');
  });

  it('are read at each use, so that a change takes effect', async () => {
    const environment: Record<string, string> = { OPENAI_API_KEY: 'sk-1' };
    const secrets = createEnvironmentSecrets(environment);
    environment.OPENAI_API_KEY = 'sk-2';
    expect(await secrets.get('OPENAI_API_KEY')).toBe('sk-2');
  });

  it.each([{}, { OPENAI_API_KEY: '' }])(
    'that %j lacks fail with the name of the missing variable',
    async (environment) => {
      const secrets = createEnvironmentSecrets(environment);
      await expect(secrets.get('OPENAI_API_KEY')).rejects.toThrow(
        'no secret named OPENAI_API_KEY: set the environment variable OPENAI_API_KEY',
      );
    },
  );
});
