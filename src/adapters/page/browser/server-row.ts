import type { PageServer, ServerDetail } from '../../../app/page/model.ts';
import { h } from './dom.ts';
import { keepPlace } from './keep-place.ts';
import { serverDetail } from './server-detail.ts';
import { mark, STANDING_WORDS } from './words.ts';

/** The details of a server; `undefined`: there are none to be had. */
type Loaded = ServerDetail | undefined;
/** Gives the details of a server, at once or later. Must not throw, and what it promises must not be rejected. */
export type LoadDetail = (server: PageServer) => Loaded | Promise<Loaded>;

/** What is shown of an open server. */
interface Detail {
  readonly element: HTMLElement;
  /** Draws the server, which may have changed; what is drawn already stays until then. */
  draw(server: PageServer): void;
}

const NOT_LOADED = 'What is known of it could not be had: the dashboard does not answer, or the server is gone.';

function createDetail(load: LoadDetail): Detail {
  const element = h('div', { class: 'detail' }, h('p', { class: 'hint', role: 'status' }, 'Loading…'));
  let shown = '';
  let latest: PageServer | undefined;
  const put = (server: PageServer, detail: Loaded): void => {
    const text = JSON.stringify([server, detail]);
    if (server !== latest || text === shown) return;
    shown = text;
    const next =
      detail === undefined ? [h('p', { class: 'hint', role: 'status' }, NOT_LOADED)] : serverDetail(server, detail);
    element.replaceChildren(...next);
  };
  return {
    element,
    draw: server => {
      latest = server;
      const loaded = load(server);
      if (loaded instanceof Promise) loaded.then(detail => keepPlace(() => put(server, detail)));
      else put(server, loaded);
    },
  };
}

/** A server in the list. Its elements are made once they are asked for. */
export interface ServerRow {
  readonly server: PageServer;
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  show(isOpen: boolean): void;
  /** The row of another state of the same server, open where this one is; the same row where nothing of it changed but its details. */
  next(server: PageServer): ServerRow;
}

function rowButton({ namespace, name, kind, standing, found }: PageServer): HTMLButtonElement {
  const [first] = found;
  const more = found.length > 1 ? ` and ${found.length - 1} more` : '';
  return h(
    'button',
    { type: 'button', 'aria-expanded': 'false' },
    mark(standing),
    h('span', { class: 'name' }, h('span', { class: 'namespace' }, `${namespace} / `), name),
    h('span', { class: 'kind' }, kind),
    h('span', { class: `standing ${standing}` }, STANDING_WORDS[standing]),
    h('span', { class: 'first' }, first === undefined ? '' : `${first.message}${more}`),
  );
}

class Row implements ServerRow {
  readonly server: PageServer;
  readonly #load: LoadDetail;
  #detail: Detail | undefined;
  #made: { readonly element: HTMLElement; readonly button: HTMLButtonElement } | undefined;
  #isOpen = false;

  constructor(server: PageServer, load: LoadDetail, detail?: Detail) {
    this.server = server;
    this.#load = load;
    this.#detail = detail;
  }

  #make() {
    const { id, standing } = this.server;
    const button = rowButton(this.server);
    button.addEventListener('click', () => this.show(!this.#isOpen));
    const element = h('li', { class: `row ${standing}`, 'data-key': `server ${id}` }, h('h3', {}, button));
    this.#made = { element, button };
    return this.#made;
  }

  get element(): HTMLElement {
    return (this.#made ?? this.#make()).element;
  }

  get button(): HTMLButtonElement {
    return (this.#made ?? this.#make()).button;
  }

  show(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.button.setAttribute('aria-expanded', String(isOpen));
    this.element.classList.toggle('opened', isOpen);
    if (isOpen) {
      this.#detail ??= createDetail(this.#load);
      this.#detail.draw(this.server);
      this.element.append(this.#detail.element);
    }
    if (this.#detail !== undefined) this.#detail.element.hidden = !isOpen;
  }

  next(server: PageServer): ServerRow {
    const isSame = JSON.stringify(this.server) === JSON.stringify(server);
    const row = isSame ? this : new Row(server, this.#load, this.#detail);
    if (this.#isOpen) row.show(true);
    return row;
  }
}

/** A row that is closed. */
export const createRow = (server: PageServer, load: LoadDetail): ServerRow => new Row(server, load);
