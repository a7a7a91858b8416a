/**
 * Stands for the validator of MCP's SDK in the bundles. As a server this checks what a person answers to a question, and asks none; as a
 * client it is given another (`lambdas/mcp/mcp-session.ts`). It would be two fifths of the function.
 */
import process from 'node:process';

export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error('answers of people are not validated: see lambdas/aws/sdk/mcp-validator.ts');
  }
}

/** A matter of browsers. */
export const CORS_IS_POSSIBLE = false;

export { process };
