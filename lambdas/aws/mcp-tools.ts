/** The file of its own in which a bundle has MCP's SDK. */
export { version } from '../../package.json';
export { createOnDemandTools } from '../mcp/on-demand-tools';
