/** The MCP project's own programs, from npm: in `.cache/mcp-tools`, so that `npm ci` does not install them. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './readme';
import { failureOf, isAvailable } from './toolchains';

const CACHE = join(ROOT, '.cache');

/** Each in its own folder, because two of them are versions of the same package. */
const PACKAGES = {
  /** The last release for revisions up to 2025-11-25. */
  conformance: '@modelcontextprotocol/conformance@0.1.16',
  /** The first release for revision 2026-07-28. */
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

/** They need Node 22: this process's own, or the one that `npm run test:nodes` uses. */
export const NODE =
  Number(process.versions.node.split('.')[0]) >= 22
    ? process.execPath
    : join(CACHE, 'node-24/node_modules/node/bin/node');

/** Why a package is not available; undefined if its file is here. */
function install(folder: string, file: string, ...packages: string[]): string | undefined {
  if (existsSync(file)) return undefined;
  mkdirSync(folder, { recursive: true });
  const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
  return failureOf('npm', ['install', '--prefix', folder, ...quiet, ...packages]);
}

/** True if they are available; otherwise prints what is missing, and fails if REQUIRE_MCP_TOOLS=1. */
export function hasMcpTools(): boolean {
  const failures = [
    // The package downloads its binary in a script.
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

/** Runs one, and returns its output and how it ended. */
export function runMcpTool(tool: McpTool, ...options: string[]): Promise<{ output: string; code: number }> {
  return new Promise((resolve) => {
    const limits = { timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
    execFile(NODE, [pathOf(tool), ...options], limits, (error, stdout, stderr) => {
      resolve({ output: `${stdout}${stderr}`, code: error ? Number(error.code ?? 1) : 0 });
    });
  });
}
