/** Reads an AsyncAPI description, fails where the parser warns, and writes it as TypeScript types. Usage: node messages.mjs FROM TO */
import { readFileSync, writeFileSync } from 'node:fs';
import { TypeScriptGenerator } from '@asyncapi/modelina';
import { Parser } from '@asyncapi/parser';

const [, , from, to] = process.argv;
const text = readFileSync(from, 'utf8');
const WARNING = 1; // 0 is an error, 2 information

const { diagnostics } = await new Parser().parse(text);
const serious = diagnostics.filter(({ severity }) => severity <= WARNING);
if (serious.length > 0) throw new Error(serious.map(({ code, message }) => `${code}: ${message}`).join('\n'));

const models = await new TypeScriptGenerator({ modelType: 'interface' }).generate(JSON.parse(text));
const names = models.map(({ modelName }) => modelName);
const invented = names.filter((name) => /anonymous/i.test(name));
if (invented.length > 0) throw new Error(`these have no name: ${invented.join(', ')}`);
writeFileSync(to, models.map(({ modelName, result }) => `${result}\nexport { ${modelName} };\n`).join(''));
