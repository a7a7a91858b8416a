/** Prints each step and how long it took. */

/** Runs a step and prints its name and duration. @param tell  a few words about the result */
export async function step<Result>(
  name: string,
  action: () => Promise<Result>,
  tell: (result: Result) => string = () => '',
): Promise<Result> {
  const began = Date.now();
  process.stdout.write(`${name} ...`);
  try {
    const result = await action();
    const told = tell(result);
    console.log(` ${((Date.now() - began) / 1_000).toFixed(1)} s${told === '' ? '' : `, ${told}`}`);
    return result;
  } catch (error) {
    console.log(' not done');
    throw error;
  }
}

export function section(title: string, lines: Iterable<string>): void {
  console.log(`\n${title}`);
  for (const line of lines) console.log(`  ${line}`);
}
