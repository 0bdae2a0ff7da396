import type { Box, Page, Picture, PictureEnd, PictureLine, PictureNamespace } from '../../../app/page/model.ts';
import { BOLD_LETTER, CELL, HEAD, LETTER, PAD } from '../../../app/page/picture-measures.ts';
import { plural, s } from './dom.ts';
import { markPath, STANDING_WORDS, WAY_WORDS } from './words.ts';

/** So many lines are drawn at once; of more, those of what is pointed at, and those that should not be there. */
const MANY_LINES = 60;

/** What is done with what somebody chooses in a picture. */
export interface PictureChoices {
  /** Shows the server at an index of the page. */
  open(index: number): void;
  /** Shows the servers that match a text. */
  search(text: string): void;
}

/** Something in the picture that can be pointed at and chosen. */
interface Spot {
  readonly element: SVGGElement;
  readonly concerns: (line: PictureLine) => boolean;
  readonly choose: () => void;
  /** The first of its group. */
  readonly isStart: boolean;
}

const rect = ({ x, y, width, height }: Box): SVGRectElement => s('rect', { x, y, width, height, rx: 6 });

/** A text in a box of a width; what does not fit is left out in the middle: names of a team begin alike and end differently. */
function fitted(text: string, width: number, letter: number): string {
  const most = Math.max(3, Math.floor(width / letter));
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 3);
  return `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`;
}

/** What names a spot begins with the text that is seen, where that was shortened: who speaks to the page says what they see (WCAG 2.2, 2.5.3). */
const namedAs = (shown: string, text: string, label: string): string => (shown === text ? label : `${shown}, ${label}`);

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

function endSpot(
  { text, standing, box, id }: PictureEnd,
  index: number,
  side: PictureLine['side'],
  { lines }: Picture,
  { search }: PictureChoices,
): Spot {
  const concerns = (line: PictureLine): boolean => line.side === side && line.end === index;
  const servers = lines.filter(concerns).reduce((sum, line) => sum + line.servers, 0);
  const reaches =
    side === 'from' ? `reaches ${plural(servers, 'server')}` : `is reached by ${plural(servers, 'server')}`;
  const shown = fitted(text, box.width - PAD, LETTER);
  const label = namedAs(shown, text, `${text} ${reaches}: ${WAY_WORDS[standing]}`);
  const element = s(
    'g',
    { class: `end ${standing}`, role: 'button', tabindex: -1, 'aria-label': label, 'data-key': `${side} ${id}` },
    rect(box),
    s('text', { x: box.x + PAD, y: box.y + box.height / 2 + 5 }, shown),
  );
  return { element, concerns, choose: () => search(text), isStart: index === 0 };
}

function namespaceLabel({ name, servers }: PictureNamespace, page: Page): string {
  const standings = servers.flatMap(index => page.servers[index]?.standing ?? []);
  const counts = [...Map.groupBy(standings, standing => standing)].map(
    ([standing, all]) => `${all.length} ${STANDING_WORDS[standing]}`,
  );
  return `namespace ${name}, ${plural(servers.length, 'server')}: ${counts.join(', ')}`;
}

function headSpot(namespace: PictureNamespace, at: number, page: Page, { search }: PictureChoices): Spot {
  const { box, name } = namespace;
  const shown = fitted(name, box.width - PAD, BOLD_LETTER);
  const label = namedAs(shown, name, namespaceLabel(namespace, page));
  const element = s(
    'g',
    { class: 'head', role: 'button', tabindex: -1, 'aria-label': label, 'data-key': `namespace ${name}` },
    rect(box),
    s('text', { x: box.x + PAD, y: box.y + 20 }, shown),
  );
  return { element, concerns: line => line.namespace === at, choose: () => search(`${name}/`), isStart: true };
}

function markSpots(
  { servers, columns, box }: PictureNamespace,
  at: number,
  page: Page,
  { open }: PictureChoices,
): readonly Spot[] {
  return servers.flatMap((index, place) => {
    const server = page.servers[index];
    if (server === undefined) return [];
    const x = box.x + PAD + (place % columns) * CELL + 4;
    const y = box.y + HEAD + Math.floor(place / columns) * CELL + 4;
    const element = s(
      'g',
      {
        class: `mark ${server.standing}`,
        role: 'button',
        tabindex: -1,
        'aria-label': `${server.kind} ${server.name}: ${STANDING_WORDS[server.standing]}`,
        'data-key': `mark ${server.id}`,
        transform: `translate(${x} ${y})`,
      },
      s('rect', { class: 'target', x: -4, y: -4, width: CELL, height: CELL }),
      markPath(server.standing),
    );
    return [{ element, concerns: line => line.namespace === at, choose: () => open(index), isStart: false }];
  });
}

/** Keys that move in a picture: from one spot to the next, from group to group, and to the first and the last. */
const MOVES: Readonly<Record<string, (spots: readonly Spot[], at: number) => number>> = {
  ArrowRight: (_, at) => at + 1,
  ArrowDown: (_, at) => at + 1,
  ArrowLeft: (_, at) => at - 1,
  ArrowUp: (_, at) => at - 1,
  PageDown: (spots, at) =>
    Math.max(
      at,
      spots.findIndex(({ isStart }, index) => isStart && index > at),
    ),
  PageUp: (spots, at) => {
    const before = spots.findLastIndex(({ isStart }, index) => isStart && index < at);
    return before < 0 ? at : before;
  },
  Home: () => 0,
  End: spots => spots.length - 1,
};

/** What can be chosen in a picture; it may still grow. One stop for the Tab key, and keys that move between them. */
class Spots {
  readonly #all: Spot[] = [];
  readonly #indexes = new Map<Element, number>();
  #stop: Element | undefined;

  add(spot: Spot): void {
    this.#indexes.set(spot.element, this.#all.length);
    this.#all.push(spot);
    if (this.#stop === undefined) this.stopAt(spot);
  }

  /** The spot that an event is about. */
  of({ target }: Event): Spot | undefined {
    const element = target instanceof Element ? target.closest('[role="button"]') : null;
    return element === null ? undefined : this.#all[this.#indexes.get(element) ?? -1];
  }

  stopAt({ element }: Spot): void {
    this.#stop?.setAttribute('tabindex', '-1');
    element.setAttribute('tabindex', '0');
    this.#stop = element;
  }

  /** Whether the key means something here. */
  press(key: string, spot: Spot): boolean {
    if (key === 'Enter' || key === ' ') spot.choose();
    else if (Object.hasOwn(MOVES, key))
      this.#all[MOVES[key]?.(this.#all, this.#indexes.get(spot.element) ?? 0) ?? -1]?.element.focus();
    else return false;
    return true;
  }
}

/** The label as a tooltip, made once somebody points there. */
function addTooltip({ element }: Spot): void {
  if (element.querySelector('title') === null)
    element.prepend(s('title', {}, element.getAttribute('aria-label') ?? ''));
}

/** Lines of what is pointed at stand out; where there are many, the others that are as they should be go. */
function listen(drawing: SVGSVGElement, spots: Spots, lines: readonly DrawnLine[]): void {
  let shown: Spot['concerns'] | undefined;
  const show = (spot: Spot | undefined): void => {
    if (spot?.concerns === shown) return;
    shown = spot?.concerns;
    drawing.classList.toggle('pointed', shown !== undefined);
    for (const { line, element } of lines) element.classList.toggle('meant-now', shown?.(line) ?? false);
  };
  drawing.classList.toggle('many', lines.length > MANY_LINES);
  drawing.addEventListener('click', event => spots.of(event)?.choose());
  drawing.addEventListener('keydown', event => {
    const spot = spots.of(event);
    if (spot !== undefined && spots.press(event.key, spot)) event.preventDefault();
  });
  drawing.addEventListener('focusin', event => {
    const spot = spots.of(event);
    if (spot !== undefined) spots.stopAt(spot);
    show(spot);
  });
  drawing.addEventListener('pointerover', event => {
    const spot = spots.of(event);
    if (spot !== undefined) addTooltip(spot);
    show(spot);
  });
  for (const name of ['pointerleave', 'focusout'] as const) drawing.addEventListener(name, () => show(undefined));
}

/** A drawing, and what is put into it piece by piece. */
interface Drawing {
  readonly element: SVGSVGElement;
  readonly pieces: readonly (() => void)[];
}

/** All namespaces and whom their servers have to do with. */
export function drawingOf(page: Page, choices: PictureChoices): Drawing {
  const { picture } = page;
  const lines = drawLines(picture);
  const spots = new Spots();
  const element = s(
    'svg',
    {
      viewBox: `0 0 ${picture.width} ${picture.height}`,
      role: 'group',
      'aria-label': 'All namespaces with MCP servers',
    },
    s('g', { class: 'lines' }, ...lines.map(one => one.element)),
  );
  listen(element, spots, lines);
  const put = (all: readonly Spot[], into: Element): void => {
    for (const spot of all) spots.add(spot);
    into.append(...all.map(spot => spot.element));
  };
  const ends = (side: PictureLine['side']) => (): void =>
    put(
      picture[side].map((end, index) => endSpot(end, index, side, picture, choices)),
      element,
    );
  const namespaces = picture.namespaces.map((namespace, at) => (): void => {
    const group = s('g', { class: 'namespace' });
    put([headSpot(namespace, at, page, choices), ...markSpots(namespace, at, page, choices)], group);
    element.append(group);
  });
  return { element, pieces: [ends('from'), ...namespaces, ends('to')] };
}
