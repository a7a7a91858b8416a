/**
 * Replaces the SDK's Lambda client in the bundles. The SDK's includes schemas of all Lambda calls, a third of what `$default` loads, and
 * functions make only one call. Uses the SDK's signing code, with retries like the SDK's.
 */
import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/protocols';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import { defaultProvider } from './credentials';

export interface LambdaClientConfig {
  maxAttempts?: number;
  requestHandler?: NodeHttpHandlerOptions;
}

/** An asynchronous invocation. */
export class InvokeCommand {
  constructor(readonly input: { FunctionName: string; InvocationType: 'Event'; Payload: Uint8Array }) {}
}

/** Shortest delay before the first retry in milliseconds, with up to as much jitter; doubled for each further retry. */
const FIRST_DELAY = 100;

export class LambdaClient {
  readonly #handler: NodeHttpHandler;
  readonly #maxAttempts: number;
  readonly #endpoint: URL;
  readonly #signer: SignatureV4;

  constructor({ maxAttempts = 3, requestHandler }: LambdaClientConfig = {}) {
    const { AWS_REGION: region = '', AWS_ENDPOINT_URL_LAMBDA: endpoint } = process.env;
    const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    this.#handler = new NodeHttpHandler(requestHandler);
    this.#maxAttempts = maxAttempts;
    this.#endpoint = new URL(endpoint ?? `https://lambda.${region}.${suffix}`);
    this.#signer = new SignatureV4({
      service: 'lambda',
      region,
      credentials: defaultProvider(),
      sha256: Sha256,
    });
  }

  /** @throws Error named like the SDK's */
  async send({ input }: InvokeCommand): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#try(input);
      } catch (error) {
        const { isFinal } = error as { isFinal?: boolean };
        if (isFinal || tries === this.#maxAttempts) throw error;
      }
      const delay = FIRST_DELAY * 2 ** tries;
      await new Promise((resolve) => setTimeout(resolve, (delay * (1 + Math.random())) / 2));
    }
  }

  async #try({ FunctionName, InvocationType, Payload }: InvokeCommand['input']): Promise<void> {
    const { protocol, hostname, port, host } = this.#endpoint;
    const request = new HttpRequest({
      protocol,
      hostname,
      ...(port !== '' && { port: Number(port) }),
      method: 'POST',
      path: `/2015-03-31/functions/${encodeURIComponent(FunctionName)}/invocations`,
      headers: {
        host,
        'content-type': 'application/json',
        'content-length': String(Payload.length),
        'x-amz-invocation-type': InvocationType,
      },
      body: Payload,
    });
    const { response } = await this.#handler.handle((await this.#signer.sign(request)) as HttpRequest);
    response.body?.resume?.(); // so that the socket can be reused
    if (response.statusCode < 300) return;
    const name = response.headers['x-amzn-errortype']?.split(':')[0] ?? 'ServiceException';
    const isFinal = response.statusCode < 500 && response.statusCode !== 429;
    const error = new Error(`Lambda answered ${response.statusCode}`);
    throw Object.assign(error, { name, isFinal, $metadata: { httpStatusCode: response.statusCode } });
  }
}
