/** `npm start` with a clock that is ahead by `CLOCK_AHEAD_MS`: a restart some time later. */
import { run } from '../../local/program';
import { testApp } from './test-app';

const { now } = Date;
const ahead = Number(process.env.CLOCK_AHEAD_MS ?? 0);
Date.now = () => now() + ahead;

run(testApp);
