/** Punctuation by which Markdown marks something (CommonMark 2.4), without what is common in names and paths and marks only where a line begins. */
const MARKS = /[\\`*_[\]<>#|~]/g;

/** Text that stands for itself in Markdown, in a line that has begun already. */
export const literalText = (text: string): string => text.replace(MARKS, character => `\\${character}`);

/** What forges make links of once Markdown is read: mentions, references to issues, merge requests, labels and the like. */
const REFERENCES = /(?<=[@#!$%~^&])(?=[\w"])/g;
const ADDRESSES = /(?<=\bwww)(?=\.)|(?<=\b[a-z][a-z0-9+.-]*:)(?=\/\/)|(?<=\w)(?=@)/gi;
const APART = '\u0000';

/** As {@link literalText}, for a comment on a forge and a cell of a table: nobody is mentioned, nothing is linked, and it stays in one line. */
export function commentText(text: string): string {
  const parted = text.replace(REFERENCES, APART).replace(ADDRESSES, APART);
  return literalText(parted).replaceAll('&', '&amp;').replaceAll(APART, '<!-- -->');
}

/** Text in the type of code, for a cell of a table. Nothing in it is read as anything else; a pipe would still end the cell. */
export function commentCode(text: string): string {
  const fences = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...fences.map(({ length }) => length)) + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${text.replaceAll('|', '\\|')}${pad}${fence}`;
}
