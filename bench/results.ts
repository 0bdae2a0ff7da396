/** The section that `npm run bench:peers` writes, and `npm run bench` leaves as it is. */
export const PEERS_TITLE = 'Other checkers of manifests';

/** Sections of bench/RESULTS.md: each begins with its title as a heading of the second level. */
const startOf = (text: string, title: string): number => text.indexOf(`\n## ${title}\n`);

/** The section of this title, from its heading to the next one; absent: there is none. */
export function sectionOf(text: string, title: string): string | undefined {
  const start = startOf(text, title);
  if (start < 0) return undefined;
  const next = text.indexOf('\n## ', start + 1);
  return text.slice(start + 1, next < 0 ? text.length : next);
}

/** The text with this section in place of the one of the same title, or at its end. */
export function withSection(text: string, title: string, body: string): string {
  const section = `## ${title}\n\n${body.trimEnd()}\n`;
  const before = sectionOf(text, title);
  return before === undefined ? `${text.trimEnd()}\n\n${section}` : text.replace(before, () => section);
}
