/** Converts route settings to CloudFormation's spelling, because CDK passes them to the template unchanged. */

/** Each name in CloudFormation's spelling: `ThrottlingRateLimit`. */
export function inTemplate(properties: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [`${name[0]?.toUpperCase()}${name.slice(1)}`, value]),
  );
}
