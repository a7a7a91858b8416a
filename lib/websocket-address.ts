/** The WebSocket API before it has a route: functions have to know where it is, and its routes need the functions. */
import { Stack } from 'aws-cdk-lib';
import { WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import { apiHost } from './api-host';
import type { Settings } from './settings';

export class WebSocketAddress extends Construct {
  readonly api: WebSocketApi;
  readonly stageName: string;
  /** Where clients connect. */
  readonly url: string;
  /** The endpoint of `@connections`: the platform's own address, by whatever domain clients come. */
  readonly callbackUrl: string;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.api = new WebSocketApi(this, 'Api', {
      apiName: `${Stack.of(this).stackName} WebSocket`,
      // Every message comes by $default, whatever this says: no route is named after a type. Nor is it by type, for the case
      // that a platform takes a client's own "$connect" for a route.
      routeSelectionExpression: '$request.body.action',
    });
    this.stageName = settings.stage_name;
    const address = `${apiHost(this.api)}/${this.stageName}`;
    this.callbackUrl = `https://${address}`;
    this.url = `wss://${settings.websocket_domain ?? address}`;
  }

  /** What a grant to use `@connections` names, and how cdk-nag writes the same. */
  connections(method: 'POST' | 'GET' | 'DELETE'): { arn: string; finding: string } {
    const stack = Stack.of(this);
    const path = `${this.stageName}/${method}/@connections/*`;
    const { Ref: api } = stack.resolve(this.api.apiId);
    return {
      arn: stack.formatArn({ service: 'execute-api', resource: this.api.apiId, resourceName: path }),
      finding: `Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${api}>/${path}`,
    };
  }
}
