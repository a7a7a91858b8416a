/** The platform's host name of an API, whatever domain clients use. */
import { type IResource, Stack } from 'aws-cdk-lib';

export function apiHost(api: IResource & { readonly apiId: string }): string {
  const { region, urlSuffix } = Stack.of(api);
  return `${api.apiId}.execute-api.${region}.${urlSuffix}`;
}
