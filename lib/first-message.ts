/** From a deployment to a first message: shell lines to paste, in order. They need this project's npm scripts, and curl. */
import type { HttpGateway } from './http-gateway';
import type { Keys } from './keys';
import type { Settings } from './settings';
import type { WebSocketAddress } from './websocket-address';

export interface FirstMessageOptions {
  address: WebSocketAddress;
  http: HttpGateway;
  keys: Keys;
  settings: Settings;
}

export function firstMessage({ address, http, keys, settings }: FirstMessageOptions): Record<string, string> {
  const connect = `npm run client -- ${address.url}`;
  if (settings.auth === 'none') return { Step1Connect: connect };
  const apiKey = `npm run --silent keys -- show api-key --api-key-secret ${keys.apiKeyArn}`;
  const tokens = `curl -s ${http.url}/tokens -H "Authorization: Bearer $API_KEY" -H 'Content-Type: application/json' -d '{}'`;
  return {
    Step1ApiKey: `API_KEY=$(${apiKey})`,
    Step2Token: `export SWITCHBOARD_TOKEN=$(${tokens} | node -pe 'JSON.parse(fs.readFileSync(0)).token')`,
    Step3Connect: connect,
  };
}
