/** Minifies the bundle in a directory once more, in its place. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minified } from '../lib/minified';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: minify-bundle.ts DIRECTORY');

const path = join(directory, 'index.js');
writeFileSync(path, minified(readFileSync(path, 'utf8')));
