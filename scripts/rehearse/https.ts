/** HTTPS calls that trust one certificate. `fetch` can only be given a CA through the environment when the process starts. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { Certificate } from './certificate';

export interface HttpsAnswer {
  status: number;
  body: string;
}

export interface Https {
  agent: Agent;
  call(method: string, url: string, headers?: Record<string, string>, body?: string): Promise<HttpsAnswer>;
}

export function createHttps({ certificate }: Certificate): Https {
  const agent = new Agent({ ca: readFileSync(certificate) });
  return {
    agent,
    call(method, url, headers = {}, body = '') {
      return new Promise((resolve, reject) => {
        const sent = request(url, { method, headers, agent }, async (response) => {
          try {
            let text = '';
            for await (const chunk of response.setEncoding('utf8')) text += chunk;
            resolve({ status: response.statusCode ?? 0, body: text });
          } catch (error) {
            reject(error);
          }
        });
        sent.on('error', reject);
        sent.end(body);
      });
    },
  };
}
