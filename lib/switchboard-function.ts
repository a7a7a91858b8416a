/** One function: its code, its log, and a role of its own that can do what running it takes, and no more. */
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
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LambdaDestination, SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { FunctionName } from '../lambdas/routes';
import { writeBundle } from './bundle';
import { functionNameOf, type Grant, grantsOf, LIVE, optionsOf } from './function-table';
import type { Resources } from './resources';
import type { Settings } from './settings';

const ROOT = join(__dirname, '..');

const LOG_LEVELS = {
  debug: ApplicationLogLevel.DEBUG,
  info: ApplicationLogLevel.INFO,
  warn: ApplicationLogLevel.INFO,
  error: ApplicationLogLevel.INFO, // functions write lines that are metrics at each level, and Lambda must not drop them
} as const;

/** A wildcard in a role, as cdk-nag names it. */
const XRAY = {
  finding: 'Resource::*',
  reason: 'X-Ray has no resource that its two actions could be limited to.',
};

/** What Lambda needs to give a function an address in a network. */
const NETWORK_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** What Lambda needs to read a table's stream for a function. */
const STREAM_ACTIONS = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];

const STREAMS = {
  finding: 'Resource::*',
  reason: 'Lambda lists streams, which has no resource that it could be limited to.',
};

const NETWORK = {
  finding: 'Resource::*',
  reason: 'Lambda makes network interfaces whose ids nobody knows before; describing them has no resource at all.',
};

export interface SwitchboardFunctionProps {
  name: FunctionName;
  resources: Resources;
  /** Beside the variables of what it has a grant to. */
  environment: Readonly<Record<string, string>>;
  /** Where an asynchronous event goes when its retries have failed. */
  deadLetters: IQueue;
  /** Called where an asynchronous event's retries have failed, in the place of the dead letters. */
  onFailure?: SwitchboardFunction | undefined;
  /** ARNs of the streams that Lambda reads for it. */
  streams?: readonly string[];
  settings: Settings;
}

export class SwitchboardFunction extends Construct {
  /** For metrics, which count all versions. */
  readonly lambda: LambdaFunction;
  /**
   * What callers call. A deployment publishes code and configuration as a version, and moves the alias once that is there: no invocation
   * sees one without the other, and an earlier version can be put back.
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
      architecture: Architecture.ARM_64, // a fifth cheaper, and no slower
      memorySize: memory,
      timeout: Duration.seconds(timeout),
      role: role.withoutPolicyUpdates(), // CDK adds nothing: all that a role may do is here and in function-table.ts
      environment: Object.assign(
        { LOG_LEVEL: settings.log_level, STACK_NAME: Stack.of(this).stackName },
        environment,
        ...grants.map(({ resource }) => resources[resource].environment),
      ),
      tracing: settings.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      reservedConcurrentExecutions: concurrencyOf(name, settings),
      ...this.network(name, settings),
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: LOG_LEVELS[settings.log_level],
      // Three lines for each invocation, START, END and REPORT, cost more than the invocation; metrics say the same.
      systemLogLevelV2: SystemLogLevel.WARN,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN }, // to be put back; they go with the function
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

  /** The team's subnets, for a function that reaches a model by a private address. */
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
      vpcId: 'of-the-subnets', // CloudFormation takes subnets and groups alone
      availabilityZones: settings.vpc_subnets.map((id) => id),
      privateSubnetIds: settings.vpc_subnets,
    });
    return { vpc, vpcSubnets: { subnets }, securityGroups: groups };
  }

  /** What Lambda does in the function's name: write its log and traces, and pass failed events on. */
  private running({ tracing }: Settings, failed: readonly PolicyStatement[]): PolicyStatement[] {
    return [
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], this.logGroup.logGroupArn),
      ...(tracing ? [allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*')] : []),
      ...failed,
    ];
  }
}

/** How many of a function may run at once; undefined for as many as the account has. */
function concurrencyOf(
  name: FunctionName,
  { reserved_concurrency, responder_concurrency }: Settings,
): number | undefined {
  if (name === 'replies/respond') return responder_concurrency ?? reserved_concurrency.get(name);
  return reserved_concurrency.get(name);
}

/** Only what makes answers: every other function would lose its way to AWS, and win nothing. */
function isInNetwork(name: FunctionName, { vpc_subnets }: Settings): boolean {
  return name === 'replies/respond' && vpc_subnets.length > 0;
}

/** Bundled by us, in this process; CDK asks for an image and a command, and uses neither. The command tells its cache them apart. */
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
