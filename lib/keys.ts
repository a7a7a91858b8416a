/**
 * The two secrets, one for each kind of caller, so that a function can be given just one of them. Each is the JSON
 * `{"current": "…"}`, and has `previous` too while it is being rotated (docs/deploy.md).
 */
import { Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export class Keys extends Construct {
  /** The ARN of what callers of the HTTP API send. */
  readonly apiKeyArn: string;
  /** The ARN of what clients' tokens are signed with. */
  readonly signingKeyArn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.apiKeyArn = this.generate('ApiKey', 'Switchboard: the key of the HTTP API');
    this.signingKeyArn = this.generate('SigningKey', 'Switchboard: the key that signs the tokens of clients');
  }

  /** A change to what is generated generates it anew at the next deployment, and cuts off everybody who has the old one. */
  private generate(id: string, description: string): string {
    const secret = new Secret(this, id, {
      description,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'current',
        passwordLength: 48, // 285 bits of letters and digits; HS256 asks for 256
        excludePunctuation: true,
      },
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Its holders have to be given a new key before the old one ends, which no timetable can know; docs/deploy.md rotates it in two steps that cut nobody off.',
    });
    return secret.secretArn;
  }
}
