import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PROGRAM = fileURLToPath(new URL('../dist/chokepoint.js', import.meta.url));

/** Lines that are shown, and the characters of one; the rest is cut. */
const LINES = 34;
const COLUMNS = 110;
/** Of one line and one character, in the units of the picture. */
const LINE = 18;
const LETTER = 7.85;
const MARGIN = 16;
/** Seconds until the first line, between two lines, and until it begins again. */
const FIRST = 0.6;
const BETWEEN = 0.16;
const REST = 8;

const escaped = (text: string): string => text.replace(/[&<>"]/g, character => `&#${character.codePointAt(0)};`);

/** What a line is about, by the words that the demo prints. */
function kindOf(line: string): string {
  if (/^ *DENIED /.test(line)) return 'bad';
  if (/^ *allowed /.test(line)) return 'good';
  return line.startsWith(' ') ? 'soft' : 'plain';
}

/** The gate of the demo takes a free port, another one at each run. */
const withoutPort = (text: string): string => text.replace(/(https:\/\/127\.0\.0\.1):\d+/g, '$1:8443');

/** What `chokepoint demo` prints, as a terminal that is written line by line: an SVG of text alone, animated by its own style. */
export async function demoPicture(): Promise<string> {
  const { stdout } = await run(process.execPath, [PROGRAM, 'demo'], {
    env: { ...process.env, NO_COLOR: '1' },
    maxBuffer: 1 << 24,
  });
  const lines = ['$ npx chokepoint demo', ...withoutPort(stdout).trimEnd().split('\n')].slice(0, LINES);
  const whole = FIRST + lines.length * BETWEEN + REST;
  const [width, height] = [Math.ceil(COLUMNS * LETTER + 2 * MARGIN), lines.length * LINE + 2 * MARGIN];
  const texts = lines.map((line, index) => {
    const shown = line.length > COLUMNS ? `${line.slice(0, COLUMNS - 1)}…` : line;
    const at = `x="${MARGIN}" y="${MARGIN + (index + 0.75) * LINE}"`;
    return `<text class="${kindOf(line)} l${index}" ${at} xml:space="preserve">${escaped(shown)}</text>`;
  });
  const delays = lines.map((_, index) => {
    const from = ((FIRST + index * BETWEEN) / whole) * 100;
    return `@keyframes k${index}{0%,${from.toFixed(2)}%{opacity:0}${(from + 0.01).toFixed(2)}%,100%{opacity:1}}.l${index}{animation:k${index} ${whole.toFixed(1)}s infinite}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="What chokepoint demo prints">
<style>
text{font:13px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#e7e9ec}
.bad{fill:#ff8f84}.good{fill:#7dd3a3}.soft{fill:#a9b0b8}
${delays.join('\n')}
@media (prefers-reduced-motion:reduce){text{animation:none!important}}
</style>
<rect width="100%" height="100%" rx="8" fill="#121416"/>
${texts.join('\n')}
</svg>
`;
}
