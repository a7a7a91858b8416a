/** Puts the id of a connected client into the examples of the OpenAPI description. Pure: uses no browser API. */

/** Any part of a description. */
type Part = Record<string, unknown>;

/** @param clientId  undefined: no change */
export function withClient(description: Part, clientId: string | undefined): Part {
  return clientId === undefined ? description : (prefilled(description, clientId) as Part);
}

function prefilled(value: unknown, clientId: string): unknown {
  if (Array.isArray(value)) return value.map((part) => prefilled(part, clientId));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => {
    if (name === 'client_id' && typeof part === 'string') return [name, clientId]; // in an example
    if (name === 'client_ids' && Array.isArray(part)) return [name, [clientId]];
    return [name, prefilled(part, clientId)];
  });
  const part: Part = Object.fromEntries(entries);
  return part.in === 'path' && part.name === 'client_id' ? { ...part, example: clientId } : part;
}
