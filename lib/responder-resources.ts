/** Resources for grants, and ARNs of secrets and Bedrock models. */
import { ArnFormat, type Stack } from 'aws-cdk-lib';

export interface Resource {
  arn: string | readonly string[];
  environment: Readonly<Record<string, string>>;
  /** The wildcard in the ARN in cdk-nag's notation, and why it is needed. */
  wildcard?: { finding: string; reason: string };
}

/**
 * @param secret  an ARN, or the name of a secret in the same account and region: Secrets Manager appends six characters to its ARN
 */
export function secretArn(stack: Stack, secret: string): string {
  if (secret.startsWith('arn:')) return secret;
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  return stack.formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${secret}-??????`,
    arnFormat,
  });
}

/** Prefixes of inference profiles, which call a model in one of several regions. */
const PROFILE = /^(?:us|us-gov|eu|apac|jp|au|ca|global)\./;

/**
 * @param model  the id of a foundation model or of an inference profile, or an ARN
 */
export function bedrockArns(stack: Stack, model: string): Resource {
  if (model.startsWith('arn:')) return { arn: model, environment: {} };
  const { partition, region } = stack;
  const foundation = (where: string, id: string) => `arn:${partition}:bedrock:${where}::foundation-model/${id}`;
  if (!PROFILE.test(model)) return { arn: foundation(region, model), environment: {} };
  const id = model.replace(PROFILE, '');
  const profile = stack.formatArn({ service: 'bedrock', resource: 'inference-profile', resourceName: model });
  return {
    arn: [profile, foundation('*', id)],
    environment: {},
    wildcard: {
      finding: `Resource::arn:<AWS::Partition>:bedrock:*::foundation-model/${id}`,
      reason:
        'An inference profile calls its model in one of several regions, which it chooses itself. The model is fixed.',
    },
  };
}
