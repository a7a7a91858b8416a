/** The limits in a deployment's greeting: clients rely on them, so they must be those of API Gateway. */
import { connectionLimits } from '../../../lambdas/aws/dependencies';

it('a deployment announces API Gateway’s frame limits and its two hours', () => {
  const environment = { HEARTBEAT_SECONDS: '240', HISTORY_SECONDS: '86400' };
  expect(connectionLimits({ environment })).toEqual({
    heartbeatSeconds: 240,
    maxFrameBytes: 32_768,
    resumableSeconds: 86_400,
    lifetimeSeconds: 7_200,
  });
});
