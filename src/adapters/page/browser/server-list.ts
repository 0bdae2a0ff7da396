import { type Page, type PageServer, STANDINGS, type Standing } from '../../../app/page/model.ts';
import { h, plural } from './dom.ts';
import { createPieces, type Pieces } from './pieces.ts';
import { createRow, type LoadDetail, type ServerRow } from './server-row.ts';
import { mark, STANDING_WORDS } from './words.ts';

/** The list of servers, for those who choose what is shown. */
export interface ServerList {
  readonly element: HTMLElement;
  /** Shows one server, whatever is filtered, and moves there. */
  open(index: number): void;
  /** Shows one server where it stands. */
  show(index: number): void;
  /** Shows the servers that match a text, and moves there. */
  search(text: string): void;
  /** Puts every server that is shown into the document: of many, the first are there at once and the others a moment later. */
  drawAll(): void;
  /** Opens every server, for paper. */
  openAll(): void;
  /** Asks for the details of the servers that are open again. */
  refresh(): void;
  /** Shows the servers of another page. A row of a server that is as it was stays the same element. */
  update(page: Page): void;
}

const weight = ({ standing }: PageServer): number => STANDINGS.indexOf(standing);
const nameOf = ({ namespace, name, kind }: PageServer): string => `${namespace}/${name}/${kind}`;
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byStanding = (a: PageServer, b: PageServer): number => weight(a) - weight(b) || compareText(nameOf(a), nameOf(b));

const ORDERS: Readonly<Record<string, (a: PageServer, b: PageServer) => number>> = {
  'worst first': byStanding,
  'by namespace': (a, b) => compareText(nameOf(a), nameOf(b)),
  'by name': (a, b) => compareText(a.name, b.name) || compareText(nameOf(a), nameOf(b)),
  'most findings': (a, b) => b.found.length - a.found.length || compareText(nameOf(a), nameOf(b)),
};

/** Buttons that leave servers of a standing out, each with its number. `chosen`: the standings that are shown alone; what is pressed changes it. */
function filters(servers: readonly PageServer[], chosen: Set<Standing>, onChange: () => void): HTMLElement {
  const buttons = STANDINGS.flatMap(standing => {
    const count = servers.filter(server => server.standing === standing).length;
    // What is pressed can be taken back, though no server stands so any more.
    if (count === 0 && !chosen.has(standing)) return [];
    const button = h(
      'button',
      {
        type: 'button',
        class: `filter ${standing}`,
        'aria-pressed': String(chosen.has(standing)),
        'data-key': `filter ${standing}`,
      },
      mark(standing),
      `${STANDING_WORDS[standing]} `,
      h('b', {}, String(count)),
    );
    button.addEventListener('click', () => {
      if (!chosen.delete(standing)) chosen.add(standing);
      button.setAttribute('aria-pressed', String(chosen.has(standing)));
      onChange();
    });
    return [button];
  });
  return h('div', { class: 'filters', role: 'group', 'aria-label': 'Show only' }, ...buttons);
}

/** Rows that are put into the document at once: more than a screen shows. */
const SOME = 60;

/** Puts rows into a list. */
interface Arranging extends Pick<Pieces, 'finish'> {
  /** These rows and no others, in this order. */
  arrange(rows: readonly ServerRow[]): void;
}

function createArranging(list: HTMLElement): Arranging {
  const { begin, finish } = createPieces(SOME);
  return {
    finish,
    arrange: rows => {
      /** What stands where it belongs is not touched: it keeps its focus. */
      const put = (index: number): void => {
        const element = rows[index]?.element;
        if (element !== undefined && list.children[index] !== element)
          list.insertBefore(element, list.children[index] ?? null);
      };
      begin(rows.length, put, () => {
        while (list.children.length > rows.length) list.lastElementChild?.remove();
      });
    },
  };
}

/** What a search looks through, in lower case. */
function searchText({ id, found, owner = '', ends }: PageServer, texts: Page['ends']): string {
  const said = found.flatMap(({ rule, message }) => [rule, message]);
  return [id, owner, ...said, ...ends.flatMap(end => texts[end] ?? [])].join(' ').toLowerCase();
}

/** Which of the servers a search finds: every word of it stands in what is known of one. */
function createSearch({ servers, ends }: Page): (text: string) => readonly boolean[] {
  let texts: readonly string[] | undefined;
  return text => {
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .filter(word => word !== '');
    if (words.length > 0) texts ??= servers.map(server => searchText(server, ends));
    return servers.map((_, index) => words.every(word => texts?.[index]?.includes(word)));
  };
}

/** The servers, to search, filter and sort. `load`: gives their details. */
export function createServerList(page: Page, load: LoadDetail): ServerList {
  let rows: readonly ServerRow[] = page.servers.map(server => createRow(server, load));
  let matching = createSearch(page);
  const chosen = new Set<Standing>();
  const list = h('ul', { class: 'rows' });
  const arranging = createArranging(list);
  const status = h('p', { class: 'count', role: 'status' });
  const empty = h('p', { class: 'empty', hidden: true }, 'No server matches. Take a word or a filter away.');
  const search = h('input', { type: 'search', id: 'search', autocomplete: 'off', spellcheck: 'false' });
  const order = h('select', { id: 'order' }, ...Object.keys(ORDERS).map(name => h('option', {}, name)));

  const apply = (): void => {
    const matches = matching(search.value);
    const shown = rows
      .filter(({ server }, index) => matches[index] && (chosen.size === 0 || chosen.has(server.standing)))
      .sort((x, y) => (ORDERS[order.value] ?? byStanding)(x.server, y.server));
    arranging.arrange(shown);
    status.textContent = `${shown.length === rows.length ? '' : `${shown.length} of `}${plural(rows.length, 'server')}`;
    empty.hidden = shown.length > 0;
  };
  search.addEventListener('input', apply);
  order.addEventListener('change', apply);
  let buttons = filters(page.servers, chosen, apply);
  const element = h(
    'section',
    { id: 'servers', 'aria-labelledby': 'servers-head' },
    h('h2', { id: 'servers-head' }, 'Servers'),
    h(
      'div',
      { class: 'tools' },
      buttons,
      h('p', { class: 'field' }, h('label', { for: 'search' }, 'Search'), search),
      h('p', { class: 'field' }, h('label', { for: 'order' }, 'Order'), order),
    ),
    status,
    empty,
    list,
  );
  const draw = (next: Page): void => {
    const { servers } = next;
    const known = new Map(rows.map(row => [row.server.id, row]));
    rows = servers.map(server => known.get(server.id)?.next(server) ?? createRow(server, load));
    matching = createSearch(next);
    const counts = filters(servers, chosen, apply);
    if (!counts.isEqualNode(buttons)) {
      buttons.replaceWith(counts);
      buttons = counts;
    }
    element.hidden = servers.length === 0;
    apply();
    // Where the reader is, is there again at once.
    arranging.finish();
  };
  element.hidden = page.servers.length === 0;
  apply();
  return {
    element,
    update: draw,
    open: index => {
      const row = rows[index];
      if (row === undefined) return;
      arranging.finish();
      if (!row.element.isConnected) list.prepend(row.element);
      row.show(true);
      row.element.scrollIntoView({ block: 'start' });
      row.button.focus({ preventScroll: true });
    },
    show: index => rows[index]?.show(true),
    search: text => {
      search.value = text;
      apply();
      search.scrollIntoView({ block: 'center' });
      search.focus({ preventScroll: true });
    },
    refresh: () => {
      for (const row of rows) row.next(row.server);
    },
    drawAll: arranging.finish,
    openAll: () => {
      arranging.finish();
      for (const row of rows) row.show(true);
    },
  };
}
