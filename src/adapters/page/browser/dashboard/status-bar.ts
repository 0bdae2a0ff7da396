import type { DashboardStanding } from '../../../../app/dashboard/model.ts';
import { h } from '../dom.ts';

/** How the page stands to what it shows: by the standing that the dashboard told last, and by whether it still tells anything. */
export interface Connection {
  /** `undefined`: nothing was told yet. */
  readonly standing: DashboardStanding | undefined;
  /** Since when the dashboard itself does not answer; `undefined`: it does. */
  readonly lostSince: Date | undefined;
  /** When the model came that is shown; `undefined`: none is. */
  readonly shownAt: Date | undefined;
}

/** A time of the day, with the whole of it to be read by programs. */
const timeOf = (date: Date): HTMLElement =>
  h('time', { datetime: date.toISOString(), title: date.toLocaleString() }, date.toLocaleTimeString());

type Words = readonly (HTMLElement | string)[];

/** How it stands, in a word and a sentence. */
function saidOf({ standing, lostSince, shownAt }: Connection): readonly [look: string, state: string, rest: Words] {
  if (lostSince !== undefined)
    return [
      'stale',
      'Not connected',
      ['since ', timeOf(lostSince), ': the dashboard does not answer. It is asked again.'],
    ];
  if (standing?.staleSince) {
    const since = timeOf(new Date(standing.staleSince));
    return ['stale', 'Stale', ['since ', since, ': the API server does not answer. What is shown is as it was then.']];
  }
  if (shownAt === undefined) return ['waiting', 'Reading the cluster', ['…']];
  return ['good', 'Live', ['as it was at ', timeOf(shownAt)]];
}

/** The bar at the top of the page. */
export interface StatusBar {
  readonly element: HTMLElement;
  /** Leads to the sections of the page. */
  readonly nav: HTMLElement;
  show(connection: Connection): void;
  /** Offers these sections of the page, by their ids. */
  offer(sections: readonly HTMLElement[]): void;
}

export function createStatusBar(): StatusBar {
  const said = h('p', { role: 'status' });
  const troubles = h('ul', { class: 'troubles', hidden: true });
  const nav = h('nav', { class: 'sections', 'aria-label': 'Sections' });
  let shown = '';
  return {
    nav,
    element: h(
      'div',
      { class: 'live', role: 'region', 'aria-label': 'State of the dashboard' },
      h('div', {}, said, troubles),
    ),
    show: connection => {
      const [look, state, rest] = saidOf(connection);
      const next = h('p', {}, h('span', { class: `state ${look}` }, state), h('span', {}, ...rest));
      // What is said again would be read out again.
      if (next.innerHTML !== shown) said.replaceChildren(...next.childNodes);
      shown = next.innerHTML;
      const told = connection.standing?.troubles ?? [];
      troubles.hidden = told.length === 0;
      troubles.replaceChildren(...told.map(text => h('li', {}, text)));
    },
    offer: sections => {
      const links = sections
        .filter(({ hidden }) => !hidden)
        .flatMap(({ id, firstElementChild }) =>
          id === '' ? [] : [h('a', { href: `#${id}` }, firstElementChild?.textContent ?? id)],
        );
      const next = h('nav', { class: 'sections', 'aria-label': 'Sections' }, ...links);
      if (!next.isEqualNode(nav)) nav.replaceChildren(...next.childNodes);
    },
  };
}
