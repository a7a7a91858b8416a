/** The authorizer of $connect: checks the client's token. */
import { createTokenVerifier } from '../../access/client-tokens';
import { systemClock as clock } from '../../runtime';
import { createAuthorizeConnection } from '../../websocket/authorize';
import { signingKeysFrom } from '../adapters/keys';
import { createJsonLog } from '../json-log';

export const handler = createAuthorizeConnection({
  verifyToken: createTokenVerifier({ keys: signingKeysFrom(process.env), clock }),
  log: createJsonLog(process.env),
});
