import { aboutView } from '../../adapters/page/browser/about.ts';
import { createAsk } from '../../adapters/page/browser/ask.ts';
import { h } from '../../adapters/page/browser/dom.ts';
import { createServerList } from '../../adapters/page/browser/server-list.ts';
import { sumView } from '../../adapters/page/browser/sum.ts';
import type { BuiltPage } from '../../app/page/build-page.ts';
import { atOnce } from '../../app/steps.ts';
import { EXAMPLES } from './examples.ts';
import { judgeText } from './judge-text.ts';
import { fragmentOf, type Shared, sharedIn } from './share.ts';

/** Nobody reads a verdict on half a word. */
const AFTER_TYPING_MS = 150;
/** Servers that are shown open. */
const OPENED = 3;

const editor = (
  id: string,
  label: string,
  rows: number,
): { readonly field: HTMLElement; readonly area: HTMLTextAreaElement } => {
  const area = h('textarea', { id, rows, spellcheck: 'false', autocomplete: 'off', wrap: 'off' });
  return { area, field: h('div', { class: 'editor' }, h('label', { for: id }, label), area) };
};

function resultOf({ page, details }: BuiltPage): readonly HTMLElement[] {
  const list = createServerList(page, server => {
    const detail = details[page.servers.indexOf(server)];
    return detail && atOnce(detail());
  });
  const opened = Math.min(OPENED, page.servers.length);
  for (let index = opened - 1; index >= 0; index -= 1) list.show(index);
  return [sumView(page), list.element, createAsk(page).element, aboutView(page)];
}

/** Both texts, and what is told whenever they change. */
interface Texts {
  readonly fields: readonly HTMLElement[];
  read(): Shared;
  write(shared: Shared): void;
}

function createTexts(onTyped: () => void): Texts {
  const manifests = editor('manifests', 'Manifests', 24);
  const configuration = editor('configuration', 'GatePolicy (empty: the built-in preset)', 12);
  for (const { area } of [manifests, configuration]) area.addEventListener('input', onTyped);
  return {
    fields: [manifests.field, configuration.field],
    read: () => ({ manifests: manifests.area.value, configuration: configuration.area.value }),
    write: shared => {
      manifests.area.value = shared.manifests;
      configuration.area.value = shared.configuration;
    },
  };
}

/** Shows what is judged of the texts as they are; an answer that has been overtaken is dropped. */
function createJudging(result: HTMLElement, read: Texts['read']): () => Promise<void> {
  let latest = 0;
  return async () => {
    latest += 1;
    const mine = latest;
    const { manifests, configuration } = read();
    const built = await judgeText(manifests, configuration, new Date().toISOString().slice(0, 10));
    if (mine === latest) result.replaceChildren(...resultOf(built));
  };
}

/** Puts both texts into the address. */
function linkButton(read: Texts['read']): readonly HTMLElement[] {
  const button = h('button', { type: 'button' }, 'Copy a link to this');
  const copied = h('span', { role: 'status' });
  button.addEventListener('click', async () => {
    history.replaceState(null, '', await fragmentOf(read()));
    const isCopied = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    copied.textContent = isCopied ? 'The link is copied.' : 'The link stands in the address bar.';
  });
  return [button, copied];
}

function exampleChoice(put: (shared: Shared) => void): HTMLElement {
  const examples = h(
    'select',
    { id: 'examples' },
    ...EXAMPLES.map(({ title }, index) => h('option', { value: index }, title)),
  );
  examples.addEventListener('change', () => {
    const chosen = EXAMPLES[Number(examples.value)];
    if (chosen !== undefined) put(chosen);
  });
  return h('p', { class: 'field' }, h('label', { for: 'examples' }, 'Example'), examples);
}

const PRIVACY = 'Nothing that you type leaves this page: it is judged here, by what judges in a cluster.';

/** The whole playground: two texts, and what is judged of them while they are typed. */
function start(): void {
  const result = h('div', { class: 'judged', 'aria-live': 'polite' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const texts = createTexts(() => {
    clearTimeout(timer);
    timer = setTimeout(judge, AFTER_TYPING_MS);
  });
  const judge = createJudging(result, texts.read);
  const put = (shared: Shared): void => {
    texts.write(shared);
    judge();
  };
  const open = async (): Promise<void> => {
    const shared = (await sharedIn(location.hash)) ?? EXAMPLES[0];
    if (shared !== undefined) put(shared);
  };
  const tools = h('div', { class: 'tools' }, exampleChoice(put), ...linkButton(texts.read));
  const typed = h(
    'section',
    { class: 'typed', 'aria-label': 'What is judged' },
    h('p', { class: 'hint' }, PRIVACY),
    tools,
    ...texts.fields,
  );
  document.body.append(h('main', { class: 'playground' }, typed, result));
  addEventListener('hashchange', open);
  open();
}

start();
