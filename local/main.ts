/** `npm start`: the server with the code in `lambdas/app/`. */
import { app } from '../lambdas/app/app';
import { run } from './program';

run(app);
