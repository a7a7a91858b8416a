/** A page of `docs/` of which a part is measured: that is written anew between its marks, what people wrote stays. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MARKS = /(<!-- measured -->\n)[\s\S]*?(<!-- \/measured -->)/;

export function writeMeasured(page: string, measured: string): void {
  const path = join(__dirname, '../../docs', page);
  const text = readFileSync(path, 'utf8');
  if (!MARKS.test(text)) throw new Error(`${path} has lost its marks`);
  writeFileSync(
    path,
    text.replace(MARKS, (_, before, after) => `${before}${measured}${after}`),
  );
}
