/** The WebSocket API without routes: functions need its address, and routes need the functions. */
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
  /** Endpoint of `@connections`: always the platform's own address, even if clients use a custom domain. */
  readonly callbackUrl: string;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.api = new WebSocketApi(this, 'Api', {
      apiName: `${Stack.of(this).stackName} WebSocket`,
      // Every message goes to $default, because no route is named after a value of this field. It is not `type`, in case a platform would
      // route a client's own "$connect".
      routeSelectionExpression: '$request.body.action',
    });
    this.stageName = settings.stage_name;
    const address = `${apiHost(this.api)}/${this.stageName}`;
    this.callbackUrl = `https://${address}`;
    this.url = `wss://${settings.websocket_domain ?? address}`;
  }

  /** The ARN for a grant to use `@connections`, and the same in cdk-nag's notation. */
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
