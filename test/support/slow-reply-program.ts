/** `npm start` with a responder that stops halfway, unless RELEASED lets it continue. */
import { run } from '../../local/program';
import { testApp } from './test-app';

run({
  ...testApp,
  responder: {
    model: 'slow',
    async *respond() {
      yield 'Once ';
      if (process.env.RELEASED !== 'yes') await new Promise(() => setInterval(() => {}, 1_000));
      yield 'upon a time';
    },
  },
});
