/** Markdown as tests read it: its headings, fenced blocks, tables and links. */

export interface Block {
  /** As in the fence: `sh`, `ts`. */
  language: string;
  code: string;
  /** Line of the fence, starting at 1. */
  line: number;
}

export interface Heading {
  level: number;
  text: string;
}

/** @throws Error if a fence is never closed */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (open && fence) {
      blocks.push(open);
      open = undefined;
    } else if (open) open.code += `${line}\n`;
    else if (fence) open = { language: (fence[1] as string).trim(), code: '', line: index + 1 };
  }
  if (open) throw new Error(`the block of line ${open.line} has no end`);
  return blocks;
}

export function headingsOf(markdown: string): Heading[] {
  return [...prose(markdown).matchAll(/^(#{1,6}) (.+)$/gm)].map(([, marks = '', text = '']) => ({
    level: marks.length,
    text,
  }));
}

/**
 * A heading's own text, up to the next heading of the same or a higher level. All other lines are empty, to keep line numbers.
 * @throws Error if there is no such heading
 */
export function sectionOf(markdown: string, name: string): string {
  const shown = prose(markdown).split('\n'); // in code, a comment can look like a heading
  const headings = shown.flatMap((line, index) => {
    const [, marks, text] = /^(#{1,6}) (.+)$/.exec(line) ?? [];
    return marks === undefined ? [] : [{ level: marks.length, text, index }];
  });
  const at = headings.findIndex(({ text }) => text === name);
  const heading = headings[at];
  if (!heading) throw new Error(`there is no heading "${name}"`);
  const end = headings.slice(at + 1).find(({ level }) => level <= heading.level)?.index ?? shown.length;
  const lines = markdown.split('\n');
  return lines.map((line, index) => (index > heading.index && index < end ? line : '')).join('\n');
}

/** Each table as its rows, including the header, and each row as its cells. */
export function tablesOf(markdown: string): string[][][] {
  const tables = prose(markdown).match(/(?:^\|.*\|\n)+/gm) ?? [];
  return tables.map((table) =>
    table
      .trimEnd()
      .split('\n')
      .filter((row) => !/^\|[-|: ]+\|$/.test(row))
      .map((row) =>
        row
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim()),
      ),
  );
}

/** Targets of links and pictures. */
export function linksOf(markdown: string): string[] {
  const text = prose(markdown).replace(/`[^`\n]*`/g, '');
  const links = [...text.matchAll(/\]\(([^()\s]+)\)|<(?:a|img)\s[^>]*(?:href|src)="([^"]+)"/g)];
  return links.map(([, link, attribute]) => link ?? (attribute as string));
}

/** The anchor of a heading, as GitHub makes it. */
export function anchorOf({ text }: Heading): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The code marks in a text: `like this`. */
export function codeIn(text: string): string[] {
  return [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string);
}

/** Everything but fenced blocks, whose lines become empty. */
function prose(markdown: string): string {
  let fenced = false;
  return markdown
    .split('\n')
    .map((line) => {
      const fence = line.startsWith('```');
      if (fence) fenced = !fenced;
      return fence || fenced ? '' : line;
    })
    .join('\n');
}
