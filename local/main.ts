/** `npm start`: the server, with the team's app. */
import { app } from '../lambdas/app/app';
import { run } from './program';

run(app);
