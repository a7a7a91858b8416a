/** Decides which role API Gateway writes logs with. The account has one such setting, which must not change unless asked for. */
import type { Settings } from '../../lib/settings';

export interface AccountState {
  /** ARN of the account's role for this region; undefined if there is none. */
  roleArn: string | undefined;
}

/** CloudFormation truncates both parts of a generated name to 24 characters. */
const NAME_PART = 24;

/**
 * @returns the value to deploy with
 * @throws Error  if `create` would replace a role that another stack created
 */
export function accountLogRole(
  { account_log_role: asked, stack_name: stack }: Pick<Settings, 'account_log_role' | 'stack_name'>,
  { roleArn }: AccountState,
): Settings['account_log_role'] {
  if (asked === 'existing') return roleArn === undefined ? 'create' : 'existing';
  if (asked === 'replace' || roleArn === undefined) return asked;
  const ours = `${stack.slice(0, NAME_PART)}-${'WebSocketGatewayAccountLogRole'.slice(0, NAME_PART)}`;
  if (roleArn.replace(/.*\//, '').startsWith(ours)) return asked;
  throw new Error(
    `This account and region has a role for API Gateway's logs, which other APIs may use: ${roleArn}. Omit account_log_role to use it, or set account_log_role=replace.`,
  );
}
