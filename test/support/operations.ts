/** Finds operations in an OpenAPI description. */

interface Described {
  paths: Record<string, Record<string, unknown>>;
}

/** The operation ids by call, such as `GET /clients`. */
export function operationsOf({ paths }: Described): Map<string, string> {
  return new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, string] => [
        `${method.toUpperCase()} ${path}`,
        (operation as { operationId: string }).operationId,
      ]),
    ),
  );
}
