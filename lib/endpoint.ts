/** Where the platform serves an API, before any domain of one's own. */
import { type IResource, Stack } from 'aws-cdk-lib';
import type { Settings } from './settings';

export interface Endpoint {
  scheme: 'https' | 'http';
  /** What stands between the scheme and a stage or a path. */
  host: string;
}

export function endpointOf(api: IResource & { readonly apiId: string }, { stand_in_endpoint }: Settings): Endpoint {
  if (stand_in_endpoint !== undefined) {
    const [scheme, host] = stand_in_endpoint.split('://');
    return { scheme: scheme as Endpoint['scheme'], host: `${host}/${api.apiId}` };
  }
  const { region, urlSuffix } = Stack.of(api);
  return { scheme: 'https', host: `${api.apiId}.execute-api.${region}.${urlSuffix}` };
}
