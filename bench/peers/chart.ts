import { type Outcome, score } from './outcome.ts';

const [WIDTH, ROW, TOP] = [800, 30, 64];
/** Where the columns begin, and how long a whole bar is. */
const [NAMED_AT, TIME_AT, BAR] = [190, 500, 200];

/** The same colours as the page's, in a light and a dark scheme; the picture brings its own ground, for pages that follow neither. */
const STYLE = `text{font:13px system-ui,sans-serif;fill:#1d2430}.soft{fill:#5b6572}.head{font-weight:600}
.ground{fill:#fff}.rail{fill:#e6e9ee}.named{fill:#1a7f5a}.time{fill:#3f66b5}
@media (prefers-color-scheme:dark){text{fill:#e7e9ec}.soft{fill:#a9b0b8}.ground{fill:#15191f}.rail{fill:#2b323b}.named{fill:#4fc38f}.time{fill:#86a8ee}}`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const write = (x: number, y: number, text: string, style = ''): string =>
  `<text x="${x}" y="${y}"${style && ` class="${style}"`}>${escaped(text)}</text>`;

const bar = (x: number, y: number, share: number, style: string): string =>
  `<rect class="rail" x="${x}" y="${y - 11}" width="${BAR}" height="14" rx="3"/>` +
  `<rect class="${style}" x="${x}" y="${y - 11}" width="${Math.max(2, Math.round(share * BAR))}" height="14" rx="3"/>`;

/** Two bars for each checker: the open servers that it names, of all, and its processor time, of the longest; text alone for one that was not measured. */
export function chart(outcomes: readonly Outcome[], servers: ReadonlyMap<string, string | undefined>): string {
  const open = [...servers.values()].filter(fault => fault !== undefined).length;
  const longest = Math.max(...outcomes.map(one => (one.kind === 'measured' ? one.cost.processor : 0)));
  const rows = outcomes.map((outcome, index) => {
    const y = TOP + index * ROW;
    const name = write(16, y, `${outcome.name} ${outcome.version}`);
    if (outcome.kind === 'absent') return name + write(NAMED_AT, y, `not measured: ${outcome.reason}`, 'soft');
    const named = score(outcome.named, servers).open;
    const time = outcome.cost.processor;
    return [
      name,
      bar(NAMED_AT, y, named / open, 'named') + write(NAMED_AT + BAR + 8, y, String(named)),
      bar(TIME_AT, y, time / longest, 'time') + write(TIME_AT + BAR + 8, y, `${time.toFixed(1)} s`),
    ].join('');
  });
  const height = TOP + outcomes.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-label="Open servers named, and processor time, by checker">
<style>
${STYLE}
</style>
<rect class="ground" width="${WIDTH}" height="${height}" rx="6"/>
${write(NAMED_AT, 30, `open servers named, of ${open}`, 'head')}${write(TIME_AT, 30, 'processor time', 'head')}
${rows.join('\n')}
</svg>
`;
}
