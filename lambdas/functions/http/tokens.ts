/** The function that issues client tokens; without a signing key there is no access control, and it says so. */
import { createTokenIssuer } from '../../access/client-tokens';
import { createTokens } from '../../http/tokens';
import { systemClock as clock, newUuid as newId } from '../../runtime';
import { signingKeysFrom } from '../adapters/keys';
import { variable } from '../environment';
import { createJsonLog } from '../json-log';

const webSocketUrl = variable(process.env, 'WEBSOCKET_URL');
const isClosed = process.env.SIGNING_KEY_SECRET !== undefined;

export const handler = createTokens({
  ...(isClosed && { issueToken: createTokenIssuer({ keys: signingKeysFrom(process.env), clock }) }),
  webSocketUrl: () => webSocketUrl,
  newId,
  log: createJsonLog(process.env),
});
