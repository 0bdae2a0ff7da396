import type { Box, Page, Picture, PictureEnd, PictureLine, PictureNamespace } from '../../../app/page/model.ts';
import { BOLD_LETTER, CELL, HEAD, LETTER, PAD } from '../../../app/page/picture-measures.ts';
import { h, plural, s } from './dom.ts';
import type { ServerList } from './server-list.ts';
import { markPath, STANDING_WORDS, WAY_WORDS } from './words.ts';

/** Zoom is by these steps, between these bounds. */
const STEP = 1.25;
const LEAST = 0.2;
const MOST = 4;
/** Text can be read from here on, where that of the page has 16 pixels: where the whole picture does not fit so, it scrolls. */
const READABLE = 0.7;
const PIXELS = 16;
const readable = (): number =>
  (READABLE * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)) / PIXELS;
/** So many lines are drawn at once; of more, those of what is pointed at, and those that should not be there. */
const MANY_LINES = 60;

const rect = ({ x, y, width, height }: Box): SVGRectElement => s('rect', { x, y, width, height, rx: 6 });

/** A text in a box of a width; what does not fit is left out in the middle: names of a team begin alike and end differently. */
function fitted(text: string, width: number, letter: number): string {
  const most = Math.max(3, Math.floor(width / letter));
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 3);
  return `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`;
}

function curve(from: Box, to: Box): string {
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
  const bend = Math.max(40, (x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

interface DrawnLine {
  readonly line: PictureLine;
  readonly element: SVGPathElement;
}

function drawLines({ lines, from, to, namespaces }: Picture): readonly DrawnLine[] {
  return lines.flatMap(line => {
    const end = (line.side === 'from' ? from : to)[line.end];
    const namespace = namespaces[line.namespace];
    if (end === undefined || namespace === undefined) return [];
    const d = line.side === 'from' ? curve(end.box, namespace.box) : curve(namespace.box, end.box);
    const element = s('path', {
      class: `line ${line.standing}`,
      d,
      'stroke-width': Math.min(6, 1 + Math.sqrt(line.servers)),
    });
    return [{ line, element }];
  });
}

/** Something in the picture that can be pointed at. */
interface Spot {
  readonly element: SVGGElement;
  readonly concerns: (line: PictureLine) => boolean;
}

function endSpot(
  { text, standing, box, id }: PictureEnd,
  index: number,
  side: PictureLine['side'],
  page: Page,
  list: ServerList,
): Spot {
  const own = page.picture.lines.filter(line => line.side === side && line.end === index);
  const servers = own.reduce((sum, line) => sum + line.servers, 0);
  const reaches =
    side === 'from' ? `reaches ${plural(servers, 'server')}` : `is reached by ${plural(servers, 'server')}`;
  const label = `${text} ${reaches}: ${WAY_WORDS[standing]}`;
  const element = s(
    'g',
    { class: `end ${standing}`, role: 'button', tabindex: -1, 'aria-label': label, 'data-key': `${side} ${id}` },
    s('title', {}, label),
    rect(box),
    s('text', { x: box.x + PAD, y: box.y + box.height / 2 + 5 }, fitted(text, box.width - PAD, LETTER)),
  );
  onChoice(element, () => list.search(text));
  return { element, concerns: line => line.side === side && line.end === index };
}

function namespaceLabel({ name, servers }: PictureNamespace, page: Page): string {
  const standings = servers.flatMap(index => page.servers[index]?.standing ?? []);
  const counts = [...Map.groupBy(standings, standing => standing)].map(
    ([standing, all]) => `${all.length} ${STANDING_WORDS[standing]}`,
  );
  return `namespace ${name}, ${plural(servers.length, 'server')}: ${counts.join(', ')}`;
}

function serverMarks(
  { servers, columns, box }: PictureNamespace,
  page: Page,
  list: ServerList,
): readonly SVGGElement[] {
  return servers.flatMap((index, place) => {
    const server = page.servers[index];
    if (server === undefined) return [];
    const x = box.x + PAD + (place % columns) * CELL + 4;
    const y = box.y + HEAD + Math.floor(place / columns) * CELL + 4;
    const label = `${server.kind} ${server.name}: ${STANDING_WORDS[server.standing]}`;
    const element = s(
      'g',
      {
        class: `mark ${server.standing}`,
        role: 'button',
        tabindex: -1,
        'aria-label': label,
        'data-key': `mark ${server.id}`,
        transform: `translate(${x} ${y})`,
      },
      s('title', {}, label),
      s('rect', { class: 'target', x: -4, y: -4, width: CELL, height: CELL }),
      markPath(server.standing),
    );
    onChoice(element, () => list.open(index));
    return [element];
  });
}

function onChoice(element: SVGGElement, choose: () => void): void {
  element.addEventListener('click', choose);
  element.addEventListener('keydown', event => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    choose();
  });
}

/** One stop for the Tab key; the arrows move from one to the next, Page Up and Page Down to the group before and after, Home and End to the first and the last. */
function roving(groups: readonly (readonly SVGGElement[])[]): void {
  const elements = groups.flat();
  const starts = groups.flatMap(([first]) => (first === undefined ? [] : [elements.indexOf(first)]));
  elements[0]?.setAttribute('tabindex', '0');
  const moves: Readonly<Record<string, (at: number) => number>> = {
    ArrowRight: at => at + 1,
    ArrowDown: at => at + 1,
    ArrowLeft: at => at - 1,
    ArrowUp: at => at - 1,
    PageDown: at => starts.find(start => start > at) ?? at,
    PageUp: at => starts.findLast(start => start < at) ?? at,
    Home: () => 0,
    End: () => elements.length - 1,
  };
  for (const [at, element] of elements.entries()) {
    element.addEventListener('keydown', event => {
      const move = Object.hasOwn(moves, event.key) ? moves[event.key] : undefined;
      const next = move === undefined ? undefined : elements[move(at)];
      if (move !== undefined) event.preventDefault();
      next?.focus();
    });
    element.addEventListener('focus', () => {
      for (const other of elements) other.setAttribute('tabindex', other === element ? '0' : '-1');
    });
  }
}

/** Lines of what is pointed at stand out; where there are many, the others that are as they should be go. */
function pointing(spots: readonly Spot[], lines: readonly DrawnLine[], drawing: SVGSVGElement): void {
  const show = (concerns: Spot['concerns'] | undefined): void => {
    drawing.classList.toggle('pointed', concerns !== undefined);
    for (const { line, element } of lines) element.classList.toggle('meant-now', concerns?.(line) ?? false);
  };
  drawing.classList.toggle('many', lines.length > MANY_LINES);
  for (const { element, concerns } of spots) {
    for (const event of ['pointerenter', 'focusin'] as const) element.addEventListener(event, () => show(concerns));
    for (const event of ['pointerleave', 'focusout'] as const) element.addEventListener(event, () => show(undefined));
  }
}

/** A drawing in a frame that scrolls. */
interface Zoomable {
  readonly element: HTMLElement;
  /** Puts a drawing into the frame, as large as the one before. */
  draw(drawing: SVGSVGElement, picture: Picture): void;
}

/** A frame with what makes its drawing larger and smaller. */
function createZoomable(): Zoomable {
  const frame = h('div', { class: 'frame', tabindex: 0, role: 'region', 'aria-label': 'Picture, scrolls' });
  let [drawing, width, height] = [s('svg'), 1, 1];
  let zoom = 1;
  const set = (next: number): void => {
    zoom = Math.min(MOST, Math.max(LEAST, next));
    drawing.setAttribute('width', String(width * zoom));
    drawing.setAttribute('height', String(height * zoom));
  };
  const whole = (): number => Math.min(1.4, (frame.clientWidth - 26) / width);
  const button = (text: string, label: string, act: () => void): HTMLElement => {
    const element = h('button', { type: 'button', 'aria-label': label }, text);
    element.addEventListener('click', act);
    return element;
  };
  frame.addEventListener(
    'wheel',
    event => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      set(event.deltaY < 0 ? zoom * STEP : zoom / STEP);
    },
    { passive: false },
  );
  // What is drawn larger brings scroll bars: that is no other width of the frame.
  let fittedTo = 0;
  new ResizeObserver(() => {
    if (frame.offsetWidth === fittedTo) return;
    fittedTo = frame.offsetWidth;
    set(Math.max(readable(), whole()));
  }).observe(frame);
  return {
    element: h(
      'div',
      { class: 'zoomable' },
      h(
        'div',
        { class: 'zoom', role: 'group', 'aria-label': 'Size of the picture' },
        button('−', 'Smaller', () => set(zoom / STEP)),
        button('+', 'Larger', () => set(zoom * STEP)),
        button('Whole', 'The whole picture', () => set(whole())),
      ),
      frame,
    ),
    draw: (next, picture) => {
      [drawing, width, height] = [next, picture.width, picture.height];
      set(zoom);
      frame.replaceChildren(drawing);
    },
  };
}

/** All namespaces and whom their servers have to do with, as one drawing. */
function drawingOf(page: Page, list: ServerList): SVGSVGElement {
  const { picture } = page;
  const lines = drawLines(picture);
  const from = picture.from.map((end, index) => endSpot(end, index, 'from', page, list));
  const to = picture.to.map((end, index) => endSpot(end, index, 'to', page, list));
  const namespaces = picture.namespaces.map((namespace, index): Spot & { readonly marks: readonly SVGGElement[] } => {
    const { box, name } = namespace;
    const label = namespaceLabel(namespace, page);
    const head = s(
      'g',
      { class: 'head', role: 'button', tabindex: -1, 'aria-label': label, 'data-key': `namespace ${name}` },
      s('title', {}, label),
      rect(box),
      s('text', { x: box.x + PAD, y: box.y + 20 }, fitted(name, box.width - PAD, BOLD_LETTER)),
    );
    onChoice(head, () => list.search(`${name}/`));
    const marks = serverMarks(namespace, page, list);
    const element = s('g', { class: 'namespace' }, head, ...marks);
    return { element, marks: [head, ...marks], concerns: line => line.namespace === index };
  });
  const drawing = s(
    'svg',
    {
      viewBox: `0 0 ${picture.width} ${picture.height}`,
      role: 'group',
      'aria-label': 'All namespaces with MCP servers',
    },
    s('g', { class: 'lines' }, ...lines.map(({ element }) => element)),
    ...[...from, ...namespaces, ...to].map(({ element }) => element),
  );
  pointing([...from, ...namespaces, ...to], lines, drawing);
  roving([from.map(one => one.element), ...namespaces.map(one => one.marks), to.map(one => one.element)]);
  return drawing;
}

/** All that a drawing shows. */
const shownIn = ({ picture, servers }: Page): string =>
  JSON.stringify([picture, servers.map(({ id, standing }) => [id, standing])]);

/** The picture of a page; hidden where no namespace has a server. A drawing that would look the same stays. */
export function createPicture(
  page: Page,
  list: ServerList,
): { readonly element: HTMLElement; update(page: Page): void } {
  const zoomable = createZoomable();
  const element = h(
    'section',
    { id: 'picture', 'aria-labelledby': 'picture-head' },
    h('h2', { id: 'picture-head' }, 'Who reaches what'),
    h(
      'p',
      { class: 'hint' },
      'Left: who reaches the servers. Right: what they reach. Drawn from what the policies let through together. Choose a server to read about it, or an end or a namespace to list its servers.',
    ),
    zoomable.element,
  );
  let shown = '';
  const update = (next: Page): void => {
    const asked = shownIn(next);
    if (asked === shown) return;
    shown = asked;
    element.hidden = next.picture.namespaces.length === 0;
    zoomable.draw(drawingOf(next, list), next.picture);
  };
  update(page);
  return { element, update };
}
