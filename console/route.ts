/** The view in the URL's hash: `#/`, `#/clients/<id>`, `#/broadcast`, `#/events`, `#/hour`. */
import { signal } from '@preact/signals';

export type Route = { view: 'clients'; clientId?: string } | { view: 'broadcast' | 'events' | 'hour' };

function routeOf(hash: string): Route {
  const [, view, id] = hash.split('/');
  if (view === 'broadcast' || view === 'events' || view === 'hour') return { view };
  return { view: 'clients', ...(view === 'clients' && id && { clientId: decodeURIComponent(id) }) };
}

export const route = signal<Route>(routeOf(location.hash));

addEventListener('hashchange', () => {
  route.value = routeOf(location.hash);
});

export function hashOf(clientId: string): string {
  return `#/clients/${encodeURIComponent(clientId)}`;
}

export function openClient(clientId: string): void {
  location.hash = hashOf(clientId);
}
