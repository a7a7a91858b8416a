/** The authorizer of the HTTP API: checks the caller's API key. */
import { createAuthorizeCall } from '../../http/authorize';
import { apiKeysFrom } from '../adapters/keys';
import { createJsonLog } from '../json-log';

export const handler = createAuthorizeCall({ apiKeys: apiKeysFrom(process.env), log: createJsonLog(process.env) });
