/** Which web pages may connect, on every host. */

/**
 * Whether a list of origins allows a page. Browsers send a page's `Origin`; a program sends none.
 * @param allowed  origins such as `https://app.example.com`; `*` allows all
 */
export function allowsOrigin(allowed: readonly string[], origin: string | undefined): boolean {
  if (origin === undefined || allowed.includes('*')) return true;
  return allowed.some((one) => one.toLowerCase() === origin.toLowerCase());
}
