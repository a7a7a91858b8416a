/** `npm run keys`. */
import { runKeys } from './keys';

runKeys(process.argv.slice(2), 'npm run keys --');
