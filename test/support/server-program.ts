/** The program of `npm start`, with the tests' app. */
import { run } from '../../local/program';
import { testApp } from './test-app';

run(testApp);
