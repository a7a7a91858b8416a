/** Options of the HTTP port that the platform does not have: refused web pages, alternative spellings of paths, body limits. */
import type { IncomingMessage } from 'node:http';
import { resultOfProblem } from '../lambdas/http/http-handler';
import { bodyTooLarge } from '../lambdas/http/json-body';
import { usualPath } from '../lambdas/http/paths';
import { type HttpCall, httpCalls, maxBodyBytesOf } from '../lambdas/protocol/http-calls';
import { Problem } from '../lambdas/protocol/problems';
import type { HttpExtras } from './gateway/http-server';

/** @param isForeignPage  true for a request that a foreign web page may have sent */
export function httpExtras(isForeignPage: (request: IncomingMessage) => boolean): HttpExtras {
  return {
    foreignPages: { include: isForeignPage, answer: FOREIGN },
    usualPath,
    bodies: { maxBytes: maxBodyBytes, tooLarge: (routeKey) => resultOfProblem(bodyTooLarge(maxBodyBytes(routeKey))) },
  };
}

const FOREIGN = resultOfProblem(
  new Problem(
    'foreign_page',
    'A web page of this origin, or under this host name, may not call this server. List its origin in ORIGINS, ' +
      'or set PUBLIC_API_URL and TRUSTED_PROXIES behind a proxy.',
  ),
);

/** Pages and files accept no body either. */
function maxBodyBytes(routeKey: string): number {
  const call: HttpCall | undefined = Object.hasOwn(httpCalls, routeKey)
    ? httpCalls[routeKey as keyof typeof httpCalls]
    : undefined;
  return call === undefined ? 0 : maxBodyBytesOf(call);
}
