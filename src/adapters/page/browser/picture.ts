import type { Page, Picture } from '../../../app/page/model.ts';
import { h, s } from './dom.ts';
import { drawingOf, type PictureChoices } from './picture-drawing.ts';
import { createPieces } from './pieces.ts';

/** Zoom is by these steps, between these bounds. */
const STEP = 1.25;
const LEAST = 0.2;
const MOST = 4;
/** Text can be read from here on, where that of the page has 16 pixels: where the whole picture does not fit so, it scrolls. */
const READABLE = 0.7;
const PIXELS = 16;
const readable = (): number =>
  (READABLE * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)) / PIXELS;
/** Namespaces that are drawn at once. */
const SOME = 48;

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

/** All that a drawing shows. */
const shownIn = ({ picture, servers }: Page): string =>
  JSON.stringify([picture, servers.map(({ id, standing }) => [id, standing])]);

/** The picture of a page; hidden where no namespace has a server. A drawing that would look the same stays. */
export function createPicture(
  page: Page,
  choices: PictureChoices,
): { readonly element: HTMLElement; update(page: Page): void; drawAll(): void } {
  const zoomable = createZoomable();
  const pieces = createPieces(SOME);
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
  const draw = (next: Page): void => {
    const asked = shownIn(next);
    if (asked === shown) return;
    shown = asked;
    element.hidden = next.picture.namespaces.length === 0;
    const drawing = drawingOf(next, choices);
    zoomable.draw(drawing.element, next.picture);
    pieces.begin(drawing.pieces.length, index => drawing.pieces[index]?.());
  };
  draw(page);
  return {
    element,
    update: next => {
      draw(next);
      // What had the focus is there again at once.
      pieces.finish();
    },
    drawAll: pieces.finish,
  };
}
