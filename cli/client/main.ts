/** `npm run client`. */
import { runClient } from './client';

runClient(process.argv.slice(2), 'npm run client --');
