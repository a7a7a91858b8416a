/**
 * Dependencies of functions on AWS, created from the environment: one export for each name in `ports/dependencies.ts`. A bundle contains
 * only those that its function uses, with their imports. `npm start -- --wire` uses the same, with other addresses.
 */
export { withIds } from '../invocation-ids';
export * from './app';
export * from './connections';
export * from './dynamodb';
export * from './event-delivery';
export * from './events';
export type { ClientOptions, FunctionContext } from './function-context';
export * from './oidc';
export * from './readiness';
export * from './replies';
export * from './runtime';
export * from './secrets';
export * from './server';
export * from './tasks';
