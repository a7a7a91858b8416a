/** What functions can be given a grant to: its ARN, and the variables by which a function that has the grant finds it. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Data } from './data';
import { type Entry, functionNameOf } from './entries';
import type { ResourceName } from './grants';
import type { Keys } from './keys';
import type { Settings } from './settings';
import type { WebSocketAddress } from './websocket-address';

export interface Resource {
  arn: string;
  environment: Readonly<Record<string, string>>;
  /** As cdk-nag names what is wide about the ARN, and why it can't be narrower. */
  wildcard?: { finding: string; reason: string };
}

export type Resources = Readonly<Record<ResourceName, Resource>>;

export interface ResourcesOptions {
  data: Data;
  keys: Keys;
  address: WebSocketAddress;
  settings: Settings;
}

export function createResources({ data, keys, address, settings }: ResourcesOptions): Resources {
  const stack = Stack.of(data);
  // One store has sessions and messages, and is made with the names of both.
  const store = {
    SESSIONS_TABLE: data.sessions.tableName,
    MESSAGES_TABLE: data.messages.tableName,
    HISTORY_SECONDS: String(settings.history_seconds),
  };

  function connections(method: 'POST' | 'DELETE'): Resource {
    const { arn, finding } = address.connections(method);
    const reason = 'Whom a function reaches is known only as it runs: the API, the stage and the method are named.';
    return { arn, environment: { CALLBACK_URL: address.callbackUrl }, wildcard: { finding, reason } };
  }

  /** By its name: a function can't refer to itself, and one of them invokes itself. */
  function background(entry: Entry, variable: string): Resource {
    const resourceName = functionNameOf(stack, entry);
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    return {
      arn: stack.formatArn({ service: 'lambda', resource: 'function', resourceName, arnFormat }),
      environment: { [variable]: resourceName },
    };
  }

  return {
    sessions: { arn: data.sessions.tableArn, environment: store },
    messages: { arn: data.messages.tableArn, environment: store },
    signingKey: { arn: keys.signingKeyArn, environment: { SIGNING_KEY_SECRET: keys.signingKeyArn } },
    apiKey: { arn: keys.apiKeyArn, environment: { API_KEY_SECRET: keys.apiKeyArn } },
    welcome: background('background/welcome', 'WELCOME_FUNCTION'),
    broadcastSegment: background('background/broadcast-segment', 'BROADCAST_SEGMENT_FUNCTION'),
    postToConnection: connections('POST'),
    deleteConnection: connections('DELETE'),
  };
}
