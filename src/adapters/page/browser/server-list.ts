import { type Page, type PageServer, STANDINGS, type Standing } from '../../../app/page/model.ts';
import { h, plural } from './dom.ts';
import { serverDetail } from './server-detail.ts';
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
  /** Opens every server, for paper. */
  openAll(): void;
  /** Shows the servers of another page. A row of a server that is as it was stays the same element. */
  update(page: Page): void;
}

interface Row {
  readonly server: PageServer;
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  /** What a search looks through, in lower case. */
  readonly text: string;
  show(isOpen: boolean): void;
  isOpen(): boolean;
}

function searchText({ id, findings, owner = '', map }: PageServer): string {
  const found = findings.flatMap(({ rule, message }) => [rule, message]);
  return [id, owner, ...found, ...map.ways.map(({ end }) => end.text)].join(' ').toLowerCase();
}

function createRow(server: PageServer): Row {
  const { id, namespace, name, kind, standing, findings } = server;
  const [first] = findings;
  const more = findings.length > 1 ? ` and ${findings.length - 1} more` : '';
  const button = h(
    'button',
    { type: 'button', 'aria-expanded': 'false' },
    mark(standing),
    h('span', { class: 'name' }, h('span', { class: 'namespace' }, `${namespace} / `), name),
    h('span', { class: 'kind' }, kind),
    h('span', { class: `standing ${standing}` }, STANDING_WORDS[standing]),
    h('span', { class: 'first' }, first === undefined ? '' : `${first.message}${more}`),
  );
  const element = h('li', { class: `row ${standing}`, 'data-key': `server ${id}` }, h('h3', {}, button));
  let detail: HTMLElement | undefined;
  const show = (isOpen: boolean): void => {
    button.setAttribute('aria-expanded', String(isOpen));
    if (isOpen && detail === undefined) {
      detail = serverDetail(server);
      element.append(detail);
    }
    if (detail !== undefined) detail.hidden = !isOpen;
    element.classList.toggle('opened', isOpen);
  };
  const isOpen = (): boolean => button.getAttribute('aria-expanded') === 'true';
  button.addEventListener('click', () => show(!isOpen()));
  return { server, element, button, text: searchText(server), show, isOpen };
}

/** The row as it is where its server is as it was; else a new one, open where the old one is. */
function updatedRow(known: Row | undefined, server: PageServer): Row {
  if (known !== undefined && JSON.stringify(known.server) === JSON.stringify(server)) return known;
  const row = createRow(server);
  if (known?.isOpen()) row.show(true);
  return row;
}

const weight = ({ standing }: PageServer): number => STANDINGS.indexOf(standing);
const nameOf = ({ namespace, name, kind }: PageServer): string => `${namespace}/${name}/${kind}`;
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byStanding = (a: PageServer, b: PageServer): number => weight(a) - weight(b) || compareText(nameOf(a), nameOf(b));

const ORDERS: Readonly<Record<string, (a: PageServer, b: PageServer) => number>> = {
  'worst first': byStanding,
  'by namespace': (a, b) => compareText(nameOf(a), nameOf(b)),
  'by name': (a, b) => compareText(a.name, b.name) || compareText(nameOf(a), nameOf(b)),
  'most findings': (a, b) => b.findings.length - a.findings.length || compareText(nameOf(a), nameOf(b)),
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

/** Puts these elements into a list in this order. What stands where it belongs is not touched: it keeps its focus. */
function arrange(list: HTMLElement, elements: readonly HTMLElement[]): void {
  for (const [index, element] of elements.entries())
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  while (list.children.length > elements.length) list.lastElementChild?.remove();
}

/** The servers, to search, filter and sort. */
export function createServerList(page: Page): ServerList {
  let rows = page.servers.map(createRow);
  const chosen = new Set<Standing>();
  const list = h('ul', { class: 'rows' });
  const status = h('p', { class: 'count', role: 'status' });
  const empty = h('p', { class: 'empty', hidden: true }, 'No server matches. Take a word or a filter away.');
  const search = h('input', { type: 'search', id: 'search', autocomplete: 'off', spellcheck: 'false' });
  const order = h('select', { id: 'order' }, ...Object.keys(ORDERS).map(name => h('option', {}, name)));

  const apply = (): void => {
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter(word => word !== '');
    const shown = rows
      .filter(({ server }) => chosen.size === 0 || chosen.has(server.standing))
      .filter(({ text }) => words.every(word => text.includes(word)))
      .sort((x, y) => (ORDERS[order.value] ?? byStanding)(x.server, y.server));
    arrange(
      list,
      shown.map(({ element }) => element),
    );
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
  const draw = ({ servers }: Page): void => {
    const known = new Map(rows.map(row => [row.server.id, row]));
    rows = servers.map(server => updatedRow(known.get(server.id), server));
    const next = filters(servers, chosen, apply);
    if (!next.isEqualNode(buttons)) {
      buttons.replaceWith(next);
      buttons = next;
    }
    element.hidden = servers.length === 0;
    apply();
  };
  draw(page);
  return {
    element,
    update: draw,
    open: index => {
      const row = rows[index];
      if (row === undefined) return;
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
    openAll: () => {
      for (const row of rows) row.show(true);
    },
  };
}
