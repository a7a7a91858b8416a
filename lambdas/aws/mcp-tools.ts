/** Separate bundle file with the MCP SDK. */
export { version } from '../../package.json';
export { createOnDemandTools } from '../mcp/on-demand-tools';
