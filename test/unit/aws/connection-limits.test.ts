/** What a deployment's greeting says of the platform: clients hold to it, so it has to be API Gateway's. */
import { connectionLimits } from '../../../lambdas/aws/dependencies';

it('a deployment says the frames that API Gateway takes, and its two hours', () => {
  const environment = { HEARTBEAT_SECONDS: '240', HISTORY_SECONDS: '86400' };
  expect(connectionLimits({ environment })).toEqual({
    heartbeatSeconds: 240,
    maxFrameBytes: 32_768,
    resumableSeconds: 86_400,
    lifetimeSeconds: 7_200,
  });
});
