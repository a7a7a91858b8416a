/** The benchmark's side of a measured server. */
import { createInterface } from 'node:readline';
import { startChild } from './child';
import type { ProbeRequest, Usage } from './targets/probe';
import type { Target } from './targets/targets';

export interface TargetProcess {
  target: Target;
  pid: number | undefined;
  webSocketUrl: string;
  httpUrl: string;
  /** Milliseconds from the start of the process until `GET /health` is answered. */
  startUp: number;
  usage(request: ProbeRequest): Promise<Usage>;
  stop(): Promise<void>;
}

/** @param nodeOptions  such as `--cpu-prof`, to profile a target instead of measuring it */
export async function startTarget(target: Target, nodeOptions: readonly string[] = []): Promise<TargetProcess> {
  const startedAt = performance.now();
  const child = startChild({
    folder: target.folder,
    program: target.program,
    options: target.options,
    environment: { WS_HOST: '127.0.0.1', WS_PORT: '0', API_PORT: '0', DATA_DIR: '', ...target.environment },
    nodeOptions: [...nodeOptions, '--expose-gc', '--import', './bench/targets/probe.ts'],
  });
  const [webSocketUrl, httpUrl] = await child.before(urlsOf(child.process.stdout as NodeJS.ReadableStream));
  const response = await fetch(`${httpUrl}/health`);
  await response.text();
  return {
    target,
    pid: child.process.pid,
    webSocketUrl,
    httpUrl,
    startUp: performance.now() - startedAt,
    usage: async (request) => (await child.ask(request)) as Usage,
    stop: child.stop,
  };
}

/** The two URLs that a server prints when it listens. Later output is dropped. */
async function urlsOf(output: NodeJS.ReadableStream): Promise<[string, string]> {
  const lines = createInterface({ input: output });
  const urls = new Promise<[string, string]>((resolve) => {
    let webSocketUrl: string | undefined;
    lines.on('line', (line) => {
      webSocketUrl ??= /ws:\/\/\S+/.exec(line)?.[0];
      const [httpUrl] = /http:\/\/\S+/.exec(line) ?? [];
      if (webSocketUrl && httpUrl) resolve([webSocketUrl, httpUrl]);
    });
  });
  return urls.finally(() => {
    lines.close();
    output.resume();
  });
}
