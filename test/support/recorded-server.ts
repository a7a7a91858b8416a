/** `npm start` that writes the AWS calls that it serves itself to the file RECORD_TO, as JSON, when it ends. */
import { writeFileSync } from 'node:fs';
import { variable } from '../../lambdas/aws/environment';
import { type AwsCall, recordServed } from './aws-recorder';

const calls: AwsCall[] = [];
const file = variable(process.env, 'RECORD_TO');
recordServed((call) => calls.push(call));
process.on('exit', () => writeFileSync(file, JSON.stringify(calls)));

import('./server-program');
