/** The function of the calls that need no data: the index, health, the descriptions, the page for people. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { version } from '../../../package.json';
import { createDocs } from '../../http/docs';
import { systemClock as clock } from '../../runtime';
import { variable } from '../environment';
import { createJsonLog } from '../json-log';

/** Where the bundle has the files of `docs-assets.ts`. */
const ASSETS_FOLDER = join(variable(process.env, 'LAMBDA_TASK_ROOT'), 'swagger-ui-dist');

const webSocketUrl = variable(process.env, 'WEBSOCKET_URL');

export const handler = createDocs({
  version,
  webSocketUrl: () => webSocketUrl,
  readAsset: (name) => readFile(join(ASSETS_FOLDER, name)),
  clock,
  log: createJsonLog(process.env),
});
