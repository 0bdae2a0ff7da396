import type { Page } from '../../../app/page/model.ts';
import { aboutView } from './about.ts';
import { createAsk } from './ask.ts';
import { changeView } from './change.ts';
import { h } from './dom.ts';
import { createPicture } from './picture.ts';
import { createServerList } from './server-list.ts';
import type { LoadDetail } from './server-row.ts';
import { sumView } from './sum.ts';

/** What a page is drawn of. */
export interface PageView {
  /** The sum, and all that follows it but {@link about}. */
  readonly sections: readonly HTMLElement[];
  readonly about: HTMLElement;
  /** Shows another page in the place of this one: what was searched, filtered, opened and asked stays. */
  update(page: Page): void;
  /** Asks for the details of the servers that are open again. */
  refresh(): void;
  /** Draws what is still left for later, for paper. */
  drawAll(): void;
  /** Opens them too. */
  openAll(): void;
}

/** A part of the page that remembers nothing: it is drawn anew where it looks otherwise. Nothing to draw leaves it empty. */
function createPart(draw: (page: Page) => HTMLElement | undefined, page: Page) {
  const drawn = (one: Page): HTMLElement => draw(one) ?? h('div', { hidden: true });
  let current = drawn(page);
  return {
    element: current,
    update: (next: Page): void => {
      const element = drawn(next);
      if (element.isEqualNode(current)) return;
      current.replaceWith(element);
      current = element;
    },
  };
}

/** Draws a whole page, to be put into a document. `load`: gives the details of its servers. */
export function createPageView(page: Page, load: LoadDetail): PageView {
  const list = createServerList(page, load);
  const sum = createPart(sumView, page);
  const change = createPart(changeView, page);
  const picture = createPicture(page, list);
  const ask = createAsk(page);
  const about = createPart(aboutView, page);
  return {
    sections: [sum, change, picture, list, ask].map(({ element }) => element),
    about: about.element,
    update: next => {
      // The list first: the picture leads to its rows.
      for (const part of [list, sum, change, picture, ask, about]) part.update(next);
    },
    refresh: list.refresh,
    drawAll: () => {
      picture.drawAll();
      list.drawAll();
    },
    openAll: () => {
      picture.drawAll();
      list.openAll();
    },
  };
}
