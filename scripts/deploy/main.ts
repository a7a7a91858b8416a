/**
 * `npm run deploy`: runs `cdk deploy` after asking the account which role API Gateway uses to write logs. Options go to `cdk deploy`:
 * `npm run deploy -- -c alarm_email=ops@example.com`.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { APIGatewayClient, GetAccountCommand } from '@aws-sdk/client-api-gateway';
import { requestHandler, SAFE_TO_RETRY } from '../../lambdas/aws/sdk-clients';
import { readSettings } from '../../lib/read-settings';
import { accountLogRole } from './account-log-role';
import { contextOf, optionOf } from './options';

const ROOT = join(__dirname, '../..');

async function main(given: readonly string[]): Promise<number> {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  const settings = readSettings({ ...context, ...contextOf(given) });
  const profile = optionOf(given, '--profile');
  if (profile !== undefined) process.env.AWS_PROFILE = profile; // for the SDK too
  const apiGateway = new APIGatewayClient({ ...SAFE_TO_RETRY, requestHandler: requestHandler() });
  const { cloudwatchRoleArn: roleArn } = await apiGateway.send(new GetAccountCommand({}));
  const role = accountLogRole(settings, { roleArn: roleArn || undefined });
  process.stdout.write(
    role === 'existing'
      ? `API Gateway writes logs with the role ${roleArn}.\n`
      : 'The stack sets the role for API Gateway logs.\n',
  );
  const cdk = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
  const args = ['deploy', ...given, '--context', `account_log_role=${role}`]; // the last one wins
  return spawnSync(process.execPath, [cdk, ...args], { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
