/** A real OpenID issuer on loopback, in a process of its own: told what to do by messages, as only its owner could. */
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const systemNow = Date.now;
const clients = ['device-1', 'device-2'];
let claims = {};
let provider;
let rotations = 0;
let port = 0;

async function newKey() {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: `key-${rotations++}`, alg: 'ES256', use: 'sig' };
}

async function create() {
  provider = new Provider(`http://127.0.0.1:${port}`, {
    jwks: { keys: [await newKey()] },
    clients: clients.map((client_id) => ({
      client_id,
      client_secret: 'secret-of-a-test',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    extraTokenClaims: () => claims,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, audience) => ({
          audience,
          scope: 'connect',
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
}

const server = createServer((request, response) => provider.callback()(request, response));
const orders = {
  claims: (given) => {
    claims = given;
  },
  /** A new key alone: the issuer forgets the one before. */
  rotate: create,
  /** Seconds by which its clock is wrong. */
  clock: (seconds) => {
    Date.now = () => systemNow() + seconds * 1_000;
  },
  down: () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  },
};

await new Promise((resolve) => server.listen(Number(process.argv[2]), '127.0.0.1', resolve));
port = server.address().port;
await create();
process.on('message', async ({ id, order, value }) => process.send({ id, result: await orders[order](value) }));
process.on('disconnect', () => process.exit());
process.send({ issuer: `http://127.0.0.1:${port}` });
