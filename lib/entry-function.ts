/** One function: its code, its log, and a role of its own that can do what running it takes, and no more. */
import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { bundlingOf } from './bundling';
import { type Entry, functionNameOf, optionsOf } from './entries';
import { type Grant, grantsOf } from './grants';
import type { Resources } from './resources';
import type { Settings } from './settings';

const ROOT = join(__dirname, '..');

const LOG_LEVELS = {
  debug: ApplicationLogLevel.DEBUG,
  info: ApplicationLogLevel.INFO,
  error: ApplicationLogLevel.ERROR,
} as const;

export interface EntryFunctionProps {
  entry: Entry;
  resources: Resources;
  /** Beside the names of what it has a grant to. */
  environment: Readonly<Record<string, string>>;
  /** Where events go that a function without a waiting caller could not handle. */
  deadLetters: IQueue;
  settings: Settings;
}

export class EntryFunction extends Construct {
  readonly lambda: NodejsFunction;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: EntryFunctionProps) {
    super(scope, id);
    const { entry, resources, environment, deadLetters, settings } = props;
    const { memory, timeout, description, asynchronous } = optionsOf(entry);
    const functionName = functionNameOf(Stack.of(this), entry);
    const grants = grantsOf(entry, settings.auth);
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: settings.log_retention_days,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.createRole(props, grants, asynchronous && deadLetters);
    this.lambda = new NodejsFunction(this, 'Function', {
      functionName,
      description,
      entry: join(ROOT, 'lambdas', 'functions', `${entry}.ts`),
      projectRoot: ROOT,
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      bundling: bundlingOf(entry),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64, // a fifth cheaper, and no slower
      memorySize: memory,
      timeout: Duration.seconds(timeout),
      role: role.withoutPolicyUpdates(), // CDK adds nothing: all that a role may do is written here and in grants.ts
      environment: Object.assign(
        { LOG_LEVEL: settings.log_level },
        environment,
        ...grants.map(({ resource }) => resources[resource].environment),
      ),
      tracing: Tracing.ACTIVE,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: LOG_LEVELS[settings.log_level],
      // Three lines for each invocation, START, END and REPORT, cost more than the invocation; metrics say the same.
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(asynchronous && {
        retryAttempts: asynchronous.retries,
        maxEventAge: Duration.seconds(asynchronous.maxAgeSeconds),
        onFailure: new SqsDestination(deadLetters),
      }),
    });
  }

  private createRole(
    { entry, resources }: EntryFunctionProps,
    grants: readonly Grant[],
    deadLetters: IQueue | undefined,
  ): Role {
    const role = new Role(this, 'Role', {
      description: `Switchboard: ${entry}`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Running: new PolicyDocument({ statements: this.running(deadLetters) }),
        ...(grants.length > 0 && {
          Calls: new PolicyDocument({
            statements: grants.map(({ actions, resource }) => allow(actions, resources[resource].arn)),
          }),
        }),
      },
    });
    const wildcards = grants.flatMap(({ resource }) => resources[resource].wildcard ?? []);
    Validations.of(role).acknowledge(
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'X-Ray has no resource that its two actions could be limited to.',
      },
      ...wildcards.map(({ finding, reason }) => ({ id: `AwsSolutions-IAM5[${finding}]`, reason })),
    );
    return role;
  }

  /** What Lambda does in the function's name: write its log and its traces, and keep what could not be handled. */
  private running(deadLetters: IQueue | undefined): PolicyStatement[] {
    return [
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], this.logGroup.logGroupArn),
      allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*'),
      ...(deadLetters ? [allow(['sqs:SendMessage'], deadLetters.queueArn)] : []),
    ];
  }
}

function allow(actions: readonly string[], resource: string): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [resource] });
}
