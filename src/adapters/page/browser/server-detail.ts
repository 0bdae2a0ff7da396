import type { Excerpt, PageFinding, PageFix, PageServer, ServerDetail } from '../../../app/page/model.ts';
import { h, plural } from './dom.ts';
import { drawMap } from './server-map.ts';
import { LEVEL_STANDING, LEVEL_WORDS, mark, STANDING_WORDS } from './words.ts';

function excerptView({ first, lines, mark: marked }: Excerpt): HTMLElement {
  const rows = lines.map((line, index) => {
    const number = first + index;
    return h(
      'span',
      { class: number === marked ? 'line marked' : 'line' },
      h('span', { class: 'number' }, String(number)),
      `${line}\n`,
    );
  });
  return h(
    'pre',
    { class: 'code', tabindex: 0, 'aria-label': `lines ${first} to ${first + lines.length - 1}` },
    h('code', {}, ...rows),
  );
}

const row = (name: string, text: string): readonly HTMLElement[] =>
  text === '' ? [] : [h('dt', {}, name), h('dd', {}, text)];

function findingView(finding: PageFinding): HTMLElement {
  const { level, rule, message, at, place, witness, fix, exception, since, known, excerpt } = finding;
  const place2 = [at, place].filter(text => text !== '').join('  ·  ');
  return h(
    'li',
    { class: `finding ${LEVEL_STANDING[level]}` },
    h(
      'p',
      { class: 'what' },
      mark(LEVEL_STANDING[level]),
      h('strong', {}, LEVEL_WORDS[level]),
      h('code', {}, rule),
      known ? h('span', { class: 'known' }, 'known') : undefined,
    ),
    h('p', {}, message),
    h(
      'dl',
      {},
      ...row('At', place2),
      ...row('Proof', witness),
      ...row('Fix', fix),
      ...row('Exception', exception ?? ''),
      ...row('Open since', since ?? ''),
    ),
    excerpt === undefined ? undefined : excerptView(excerpt),
  );
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ['+', 'added'],
  ['-', 'removed'],
  ['@', 'place'],
]);

function diffView({ title, diff }: PageFix): HTMLElement {
  const lines = diff.replace(/\n$/, '').split('\n');
  // The head names the file twice; the title and the first line say it.
  const rows = lines.slice(1).map(line => h('span', { class: `line ${KINDS.get(line.charAt(0)) ?? ''}` }, `${line}\n`));
  return h(
    'figure',
    { class: 'fix' },
    h('figcaption', {}, title),
    h('pre', { class: 'code', tabindex: 0, 'aria-label': `change: ${title}` }, h('code', {}, ...rows)),
  );
}

/** The map as it is, and as it becomes with the fixes, of which one is shown at a time. */
function mapView(server: PageServer, { map, after }: ServerDetail): HTMLElement {
  const { id } = server;
  const now = drawMap(server, map, server.standing);
  if (after === undefined) return h('div', { class: 'maps' }, now);
  const later = drawMap(server, after.map, after.standing);
  later.hidden = true;
  const choose = (text: string, map: HTMLElement, checked: boolean): HTMLElement => {
    const input = h('input', { type: 'radio', name: `map ${id}`, checked });
    input.addEventListener('change', () => {
      for (const one of [now, later]) one.hidden = one !== map;
    });
    return h('label', {}, input, text);
  };
  return h(
    'div',
    { class: 'maps' },
    h(
      'fieldset',
      { class: 'choice' },
      h('legend', { class: 'hidden' }, 'Which state is drawn'),
      choose('As it is', now, true),
      choose(`With the fixes below: ${STANDING_WORDS[after.standing]}`, later, false),
    ),
    now,
    later,
  );
}

/** What is known of a server, in full. */
export function serverDetail({ owner, ...server }: PageServer, detail: ServerDetail): readonly HTMLElement[] {
  const { findings, fixes, evidence, mcp, builds, place, judged, more } = detail;
  const facts = [
    ...row('MCP server', `${mcp}: ${evidence.join('; ')}`),
    ...row('Made by', owner ?? ''),
    ...row('Stands in', place),
    ...row('Known', judged ?? ''),
    ...row('Built by', builds.join(', ')),
    ...row('More', more ?? ''),
  ];
  const found =
    findings.length === 0
      ? h(
          'p',
          { class: 'good' },
          'Nothing is found: only its gateway and allowed clients reach it, and it reaches nothing inside.',
        )
      : h(
          'section',
          {},
          h('h4', {}, plural(findings.length, 'finding')),
          h('ul', { class: 'findings' }, ...findings.map(findingView)),
        );
  const mending = fixes.length === 0 ? [] : [h('section', {}, h('h4', {}, 'What mends it'), ...fixes.map(diffView))];
  return [mapView(server, detail), found, ...mending, h('dl', { class: 'facts' }, ...facts)];
}
