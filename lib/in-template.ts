/** Route settings, which CDK takes as they go into the template, and not as it takes those of a stage. */

/** With each name as CloudFormation writes it: `ThrottlingRateLimit`. */
export function inTemplate(properties: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [`${name[0]?.toUpperCase()}${name.slice(1)}`, value]),
  );
}
