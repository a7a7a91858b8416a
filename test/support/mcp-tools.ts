/** The MCP project's own programs, from npm: in `.cache/mcp-tools`, so that `npm ci` does not install them. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './readme';
import { failureOf, isAvailable } from './toolchains';

const CACHE = join(ROOT, '.cache');

/** Each in a folder of its own, as two of them are versions of one. */
const PACKAGES = {
  /** The last release, which knows revisions up to 2025-11-25. */
  conformance: '@modelcontextprotocol/conformance@0.1.16',
  /** The first that knows revision 2026-07-28. */
  newestConformance: '@modelcontextprotocol/conformance@0.2.0-alpha.12',
  inspector: '@modelcontextprotocol/inspector@2.12.0',
  everything: '@modelcontextprotocol/server-everything@2026.8.31',
} as const;

const FILES = {
  conformance: 'node_modules/@modelcontextprotocol/conformance/dist/index.js',
  newestConformance: 'node_modules/@modelcontextprotocol/conformance/dist/index.js',
  inspector: 'node_modules/.bin/mcp-inspector',
  everything: 'node_modules/@modelcontextprotocol/server-everything/dist/index.js',
} as const satisfies Record<keyof typeof PACKAGES, string>;

export type McpTool = keyof typeof PACKAGES;

export function pathOf(tool: McpTool): string {
  return join(CACHE, 'mcp-tools', tool, FILES[tool]);
}

/** They need Node 22: that of this process, or the one that `npm run test:nodes` uses. */
export const NODE =
  Number(process.versions.node.split('.')[0]) >= 22
    ? process.execPath
    : join(CACHE, 'node-24/node_modules/node/bin/node');

/** Why a package cannot be had; undefined where its file is here. */
function install(folder: string, file: string, ...packages: string[]): string | undefined {
  if (existsSync(file)) return undefined;
  mkdirSync(folder, { recursive: true });
  const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
  return failureOf('npm', ['install', '--prefix', folder, ...quiet, ...packages]);
}

/** True where they are here; says what is missing, and fails where REQUIRE_MCP_TOOLS=1. */
export function hasMcpTools(): boolean {
  const failures = [
    // The package fetches its binary in a script.
    install(join(CACHE, 'node-24'), NODE, '--ignore-scripts=false', 'node@24'),
    ...(Object.keys(PACKAGES) as McpTool[]).map((tool) =>
      install(join(CACHE, 'mcp-tools', tool), pathOf(tool), '--ignore-scripts', PACKAGES[tool]),
    ),
  ];
  return isAvailable(
    'REQUIRE_MCP_TOOLS',
    failures.find((failure) => failure !== undefined),
  );
}

/** Runs one, and gives what it says and how it ended. */
export function runMcpTool(tool: McpTool, ...options: string[]): Promise<{ output: string; code: number }> {
  return new Promise((resolve) => {
    const limits = { timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
    execFile(NODE, [pathOf(tool), ...options], limits, (error, stdout, stderr) => {
      resolve({ output: `${stdout}${stderr}`, code: error ? Number(error.code ?? 1) : 0 });
    });
  });
}
