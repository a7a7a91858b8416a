/**
 * Replaces the MCP SDK's validator in the bundles. In a server it validates answers to elicitation, which we do not use; our client gets
 * another one (`lambdas/mcp/mcp-session.ts`). It would be two fifths of the function.
 */
import process from 'node:process';

export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error('elicitation is not supported: see lambdas/aws/sdk/mcp-validator.ts');
  }
}

/** Only relevant in browsers. */
export const CORS_IS_POSSIBLE = false;

export { process };
