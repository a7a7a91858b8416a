/** One function: its code, its log, and its own role with only the permissions that it needs. */
import { join } from 'node:path';
import { AssetHashType, DockerImage, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  ApplicationLogLevel,
  Architecture,
  Code,
  type FunctionProps,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LambdaDestination, SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type FunctionName, tasks } from '../lambdas/routes';
import { writeBundle } from './bundle';
import { functionNameOf, type Grant, grantsOf, LIVE, optionsOf } from './function-table';
import type { Resources } from './resources';
import type { Settings } from './settings';

const ROOT = join(__dirname, '..');

const LOG_LEVELS = {
  debug: ApplicationLogLevel.DEBUG,
  info: ApplicationLogLevel.INFO,
  warn: ApplicationLogLevel.INFO,
  error: ApplicationLogLevel.INFO, // functions write metrics as log lines at every level, and Lambda must not drop them
} as const;

/** A wildcard in a role, in cdk-nag's notation. */
const XRAY = {
  finding: 'Resource::*',
  reason: 'X-Ray has no resource that its two actions could be limited to.',
};

/** Permissions that Lambda needs to attach a function to a VPC. */
const NETWORK_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Permissions that Lambda needs to read a table's stream for a function. */
const STREAM_ACTIONS = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];

const STREAMS = {
  finding: 'Resource::*',
  reason: 'ListStreams does not support resource-level permissions.',
};

const NETWORK = {
  finding: 'Resource::*',
  reason:
    'Lambda creates network interfaces with ids that are not known in advance; describing them does not support resource-level permissions.',
};

export interface SwitchboardFunctionProps {
  name: FunctionName;
  resources: Resources;
  /** In addition to the variables of the resources that it has grants for. */
  environment: Readonly<Record<string, string>>;
  /** Destination of an asynchronous event after its last retry failed. */
  deadLetters: IQueue;
  /** Called instead of the dead-letter queue after the last retry failed. */
  onFailure?: SwitchboardFunction | undefined;
  /** ARNs of the streams that Lambda reads for this function. */
  streams?: readonly string[];
  settings: Settings;
}

export class SwitchboardFunction extends Construct {
  /** For metrics across all versions. */
  readonly lambda: LambdaFunction;
  /**
   * What callers invoke. A deployment publishes code and configuration as one version and then moves the alias: no invocation sees new
   * code with old configuration, and a rollback moves the alias back.
   */
  readonly live: Alias;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: SwitchboardFunctionProps) {
    super(scope, id);
    const { name, resources, environment, deadLetters, onFailure, settings } = props;
    const { memory, timeout, description, asynchronous } = optionsOf(name);
    const functionName = functionNameOf(Stack.of(this), name);
    const grants = grantsOf(name, settings);
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: settings.log_retention_days,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.createRole(props, grants, asynchronous !== undefined);
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName,
      description,
      code: codeOf(name),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64, // a fifth cheaper, no slower
      memorySize: memory,
      timeout: Duration.seconds(timeout),
      role: role.withoutPolicyUpdates(), // CDK may not add permissions: a role's permissions are all here and in function-table.ts
      environment: Object.assign(
        { LOG_LEVEL: settings.log_level, STACK_NAME: Stack.of(this).stackName },
        environment,
        ...grants.map(({ resource }) => resources[resource].environment),
      ),
      tracing: settings.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      reservedConcurrentExecutions: concurrencyOf(name, settings),
      ...(startsItself(name, grants) && { recursiveLoop: RecursiveLoop.ALLOW }),
      ...this.network(name, settings),
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: LOG_LEVELS[settings.log_level],
      // START, END and REPORT, three lines per invocation, cost more than the invocation itself; metrics have the same data.
      systemLogLevelV2: SystemLogLevel.WARN,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN }, // kept for rollbacks; deleted with the function
    });
    this.live = new Alias(this, 'Live', {
      aliasName: LIVE,
      version: this.lambda.currentVersion,
      ...(asynchronous && {
        retryAttempts: asynchronous.retries,
        maxEventAge: Duration.seconds(asynchronous.maxAgeSeconds),
        onFailure: onFailure ? new LambdaDestination(onFailure.live) : new SqsDestination(deadLetters),
      }),
    });
  }

  private createRole(
    { name, resources, settings, deadLetters, onFailure, streams = [] }: SwitchboardFunctionProps,
    grants: readonly Grant[],
    isAsynchronous: boolean,
  ): Role {
    const failed = onFailure
      ? allow(['lambda:InvokeFunction'], onFailure.live.functionArn)
      : allow(['sqs:SendMessage'], deadLetters.queueArn);
    const statements = this.running(settings, isAsynchronous || streams.length > 0 ? [failed] : []);
    if (streams.length > 0) statements.push(allow(STREAM_ACTIONS, streams), allow(['dynamodb:ListStreams'], '*'));
    const isPrivate = isInNetwork(name, settings);
    const role = new Role(this, 'Role', {
      description: `Switchboard: ${name}`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Running: new PolicyDocument({ statements }),
        ...(isPrivate && { Network: new PolicyDocument({ statements: [allow(NETWORK_ACTIONS, '*')] }) }),
        ...(grants.length > 0 && {
          Calls: new PolicyDocument({
            statements: grants.map(({ actions, resource }) => allow(actions, resources[resource].arn)),
          }),
        }),
      },
    });
    const wildcards = grants.flatMap(({ resource }) => resources[resource].wildcard ?? []);
    if (streams.length > 0) wildcards.push(STREAMS);
    if (settings.tracing || isPrivate) wildcards.push(isPrivate ? NETWORK : XRAY);
    Validations.of(role).acknowledge(
      ...wildcards.map(({ finding, reason }) => ({ id: `AwsSolutions-IAM5[${finding}]`, reason })),
    );
    return role;
  }

  /** The team's subnets, for the function that calls a model at a private address. */
  private network(
    name: FunctionName,
    settings: Settings,
  ): Pick<FunctionProps, 'vpc' | 'vpcSubnets' | 'securityGroups'> {
    if (!isInNetwork(name, settings)) return {};
    const subnets = settings.vpc_subnets.map((id) => Subnet.fromSubnetId(this, id, id));
    const groups = settings.vpc_security_groups.map((id) =>
      SecurityGroup.fromSecurityGroupId(this, id, id, { mutable: false }),
    );
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: 'of-the-subnets', // required by CDK; CloudFormation only gets subnets and security groups
      availabilityZones: settings.vpc_subnets.map((id) => id),
      privateSubnetIds: settings.vpc_subnets,
    });
    return { vpc, vpcSubnets: { subnets }, securityGroups: groups };
  }

  /** What Lambda does with the function's role: write logs and traces, and forward failed events. */
  private running({ tracing }: Settings, failed: readonly PolicyStatement[]): PolicyStatement[] {
    return [
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], this.logGroup.logGroupArn),
      ...(tracing ? [allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*')] : []),
      ...failed,
    ];
  }
}

/** Lambda drops the 17th invocation in a row of a function that starts itself, unless the function allows it. */
function startsItself(name: FunctionName, grants: readonly Grant[]): boolean {
  return Object.entries(tasks).some(
    ([task, started]) => started === name && grants.some(({ resource }) => resource === `task:${task}`),
  );
}

/** Reserved concurrency of a function; undefined for the account's limit. */
function concurrencyOf(
  name: FunctionName,
  { reserved_concurrency, responder_concurrency }: Settings,
): number | undefined {
  if (name === 'replies/respond') return responder_concurrency ?? reserved_concurrency.get(name);
  return reserved_concurrency.get(name);
}

/** Only the function that generates answers: in a VPC the others would lose access to AWS and gain nothing. */
function isInNetwork(name: FunctionName, { vpc_subnets }: Settings): boolean {
  return name === 'replies/respond' && vpc_subnets.length > 0;
}

/** We bundle in this process. CDK requires an image and a command and uses neither; the command keeps its cache entries apart. */
function codeOf(name: FunctionName): Code {
  return Code.fromAsset(ROOT, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('unused'),
      command: [name],
      local: {
        tryBundle(folder) {
          writeBundle(name, folder);
          return true;
        },
      },
    },
  });
}

function allow(actions: readonly string[], resources: string | readonly string[]): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [resources].flat() });
}
