/** The view in the URL's hash: `#/`, `#/clients/<id>`, `#/groups`, `#/groups/<name>`, `#/broadcast`, `#/events`, `#/hour`. */
import { signal } from '@preact/signals';

export type Route =
  | { view: 'clients'; clientId?: string }
  | { view: 'groups'; group?: string }
  | { view: 'broadcast' | 'events' | 'hour' };

function routeOf(hash: string): Route {
  const [, view, name] = hash.split('/');
  if (view === 'broadcast' || view === 'events' || view === 'hour') return { view };
  if (view === 'groups') return { view, ...(name && { group: decodeURIComponent(name) }) };
  return { view: 'clients', ...(view === 'clients' && name && { clientId: decodeURIComponent(name) }) };
}

export const route = signal<Route>(routeOf(location.hash));

addEventListener('hashchange', () => {
  route.value = routeOf(location.hash);
});

export function hashOf(clientId: string): string {
  return `#/clients/${encodeURIComponent(clientId)}`;
}

/** @param group  default: the list of groups */
export function groupHash(group?: string): string {
  return group === undefined ? '#/groups' : `#/groups/${encodeURIComponent(group)}`;
}

export function openClient(clientId: string): void {
  location.hash = hashOf(clientId);
}
