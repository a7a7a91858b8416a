/** The stack: wires everything together and prints what you need to know after a deployment. */
import { Annotations, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alarms } from './alarms';
import { Budget } from './budget';
import { Dashboard } from './dashboard';
import { Data } from './data';
import { Events } from './events';
import { firstMessage } from './first-message';
import { Functions } from './functions';
import { HttpGateway } from './http-gateway';
import { Keys } from './keys';
import { Metrics } from './metrics';
import { createResources } from './resources';
import { SavedQueries } from './saved-queries';
import type { Settings } from './settings';
import { WebSocketAddress } from './websocket-address';
import { WebSocketGateway } from './websocket-gateway';

export interface SwitchboardStackProps extends StackProps {
  settings: Settings;
}

export class SwitchboardStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: SwitchboardStackProps) {
    super(scope, id, {
      stackName: settings.stack_name,
      terminationProtection: settings.termination_protection,
      tags: { application: 'switchboard', stack: settings.stack_name, ...settings.tags },
      description: 'Switchboard: a WebSocket gateway',
      ...props,
    });
    const data = new Data(this, 'Data', settings);
    const keys = new Keys(this, 'Keys');
    const address = new WebSocketAddress(this, 'WebSocket', settings);
    const resources = createResources({ data, keys, address, settings });
    const functions = new Functions(this, 'Functions', { resources, address, settings });
    const events =
      settings.events.length > 0 ? new Events(this, 'Events', { data, resources, functions, settings }) : undefined;
    const webSocket = new WebSocketGateway(this, 'WebSocketGateway', { address, functions, settings });
    const http = new HttpGateway(this, 'HttpGateway', { functions, settings });
    functions.limitOrigins(settings, http.url);
    const observed = { functions, data, address, http };
    const metrics = new Metrics(observed);
    const alarms = new Alarms(this, 'Alarms', metrics, settings, events);
    const dashboard = new Dashboard(this, 'Dashboard', { observed, metrics, alarms: alarms.all });

    new SavedQueries(this, 'Queries', { functions, accessLogs: [webSocket.accessLog.group, http.accessLog.group] });
    if (settings.monthly_budget !== undefined && settings.alarm_email !== undefined) {
      new Budget(this, 'Budget', { dollars: settings.monthly_budget, email: settings.alarm_email });
    }

    this.print('WebSocketUrl', address.url, 'Where clients connect');
    this.print('HttpUrl', http.url, 'Where services call');
    this.print('DocsUrl', `${http.url}/docs`, 'Documentation of the HTTP API');
    this.print('DashboardUrl', dashboard.url, 'CloudWatch dashboard');
    this.print('ApiKeySecret', keys.apiKeyArn, 'For npm run keys');
    this.print('SigningKeySecret', keys.signingKeyArn, 'For npm run keys');
    this.print('ClientsTable', data.clients.tableName, 'Outlives the stack, unless retain_messages is no');
    this.print('MessagesTable', data.messages.tableName, 'Outlives the stack, unless retain_messages is no');
    this.print('DeadLetterQueue', functions.deadLetters.queueUrl, 'Background tasks that failed on every attempt');
    if (events) this.print('EventBus', events.busName, 'Where events go');
    if (events?.queue) this.print('EventQueue', events.queue.queueUrl, 'Events wait here for a service');
    if (webSocket.domain)
      this.print('WebSocketDomainTarget', webSocket.domain.target, 'Target of the domain CNAME record');
    if (http.domain) this.print('HttpDomainTarget', http.domain.target, 'Target of the domain CNAME record');
    for (const [name, line] of Object.entries(firstMessage({ address, http, keys, settings }))) {
      this.print(name, line, 'Paste it into a shell');
    }

    if (settings.auth === 'none') {
      Annotations.of(this).addWarningV2(
        'switchboard:open',
        'auth is none: anybody who finds the URLs can connect, read every message and push to every client. Deploy with auth=token unless that is what you want.',
      );
    }
  }

  private print(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
