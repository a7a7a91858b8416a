/** The welcome function: posts `connection_established` to a client that is just being connected. */
import { createWelcome } from '../../background/welcome';
import { systemClock as clock, newUuid as newId } from '../../runtime';
import { connectionsFrom } from '../adapters/connections';
import { createJsonLog } from '../json-log';

export const handler = createWelcome({
  connections: connectionsFrom(process.env),
  clock,
  newId,
  log: createJsonLog(process.env),
});
