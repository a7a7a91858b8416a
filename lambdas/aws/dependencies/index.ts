/**
 * What a function is given on AWS, made from its environment: an export for each name of `ports/dependencies.ts`. A bundle has
 * those that its function uses, and what they import. `npm start -- --wire` makes the same, with other addresses.
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
