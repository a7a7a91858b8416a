/**
 * The two secrets, one per kind of caller, so that a function can have access to just one. Each is the JSON `{"current": "…"}`, plus
 * `previous` during a rotation (docs/deploy.md).
 */
import { Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export class Keys extends Construct {
  /** ARN of the key that callers of the HTTP API send. */
  readonly apiKeyArn: string;
  /** ARN of the key that signs client tokens. */
  readonly signingKeyArn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.apiKeyArn = this.generate('ApiKey', 'Switchboard: API key of the HTTP API');
    this.signingKeyArn = this.generate('SigningKey', 'Switchboard: key that signs client tokens');
  }

  /** Do not change what is generated: the next deployment would generate new values and lock out everyone with an old one. */
  private generate(id: string, description: string): string {
    const secret = new Secret(this, id, {
      description,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'current',
        passwordLength: 48, // 285 bits of letters and digits; HS256 needs 256
        excludePunctuation: true,
      },
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Callers need the new key before the old one expires, so it cannot rotate on a schedule; docs/deploy.md rotates it in two steps without downtime.',
    });
    return secret.secretArn;
  }
}
