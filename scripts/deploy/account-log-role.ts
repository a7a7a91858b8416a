/** Which role API Gateway is to write logs by, decided from what the account has: its one setting must not change unasked. */
import type { Settings } from '../../lib/settings';

export interface AccountState {
  /** Of the role that the account names for this region; undefined where it names none. */
  roleArn: string | undefined;
}

/** CloudFormation shortens both parts of a name that it makes to 24 characters. */
const NAME_PART = 24;

/**
 * @returns the value to deploy with
 * @throws Error  where `create` would take the place of a role that another stack made
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
    `This account and region has a role for API Gateway's logs, which other APIs may write by: ${roleArn}. Leave account_log_role out to use it, or say account_log_role=replace.`,
  );
}
