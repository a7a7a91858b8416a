/** Reads those options of `cdk deploy` that are needed before it runs. */

/** The last value of an option: `--profile work` or `--profile=work`. */
export function optionOf(given: readonly string[], name: string): string | undefined {
  return valuesOf(given, name).at(-1);
}

/** `-c name=value`, `--context name=value` and `--context=name=value`, as an object. */
export function contextOf(given: readonly string[]): Record<string, string> {
  const pairs = ['-c', '--context'].flatMap((name) => valuesOf(given, name));
  return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s, 2)));
}

function valuesOf(given: readonly string[], name: string): string[] {
  return given.flatMap((option, index) => {
    if (option === name) return given[index + 1] ?? [];
    return option.startsWith(`${name}=`) ? option.slice(name.length + 1) : [];
  });
}
