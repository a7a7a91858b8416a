/** What `npm start` runs, with the app that tests bring. */
import { run } from '../../local/program';
import { testApp } from './test-app';

run(testApp);
