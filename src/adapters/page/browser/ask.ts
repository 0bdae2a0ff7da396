import type { Ask, AskEnd, AskSide, Page } from '../../../app/page/model.ts';
import { h } from './dom.ts';

interface Chooser {
  readonly element: HTMLElement;
  /** Index of the end that is chosen; -1: none is. */
  chosen(): number;
  /** What narrows the list. */
  word(): string;
  /** Narrows the list, and chooses the end of this name, where it is there. */
  choose(name: string, word: string): void;
}

const endText = ({ name, is, server }: AskEnd): string =>
  `${name}${is === '' ? '' : ` (${is})`}${server ? '  · MCP server' : ''}`;

/** Options that are listed at once, inclusive: nobody looks through more, and a browser takes long for thousands. */
const MOST_OPTIONS = 200;

/** A list of ends that a word narrows. */
function createChooser(id: string, title: string, ends: readonly AskEnd[], onChange: () => void): Chooser {
  const texts = ends.map(endText);
  const select = h('select', { id, size: 7 });
  const filter = h('input', { type: 'search', id: `${id}-filter`, autocomplete: 'off', spellcheck: 'false' });
  const option = (index: number): HTMLElement => h('option', { value: index }, texts[index]);
  /** `chosen` stays in the list as long as it matches. */
  const narrow = (chosen: string): void => {
    const word = filter.value.toLowerCase();
    const found = [...texts.keys()].filter(index => texts[index]?.toLowerCase().includes(word));
    const listed = new Set([...found.slice(0, MOST_OPTIONS), ...found.filter(index => String(index) === chosen)]);
    const left = found.length - listed.size;
    select.replaceChildren(
      ...[...listed].map(option),
      ...(left > 0 ? [h('option', { value: '', disabled: true }, `${left} more: narrow the list`)] : []),
    );
    if (chosen === '') select.selectedIndex = -1;
    else select.value = chosen;
  };
  narrow('');
  filter.addEventListener('input', () => {
    narrow(select.value);
    onChange();
  });
  select.addEventListener('change', onChange);
  return {
    element: h(
      'div',
      { class: 'chooser' },
      h('label', { for: id }, title),
      h('label', { class: 'hidden', for: `${id}-filter` }, `${title} narrow the list`),
      filter,
      select,
    ),
    chosen: () => (select.value === '' ? -1 : Number(select.value)),
    word: () => filter.value,
    choose: (name, word) => {
      filter.value = word;
      const index = name === '' ? -1 : ends.findIndex(end => end.name === name);
      narrow(index < 0 ? '' : String(index));
    },
  };
}

const allowedBy = (one: AskSide['0'], other: AskSide['0']): boolean | null =>
  one === false || other === false ? false : one === null || other === null ? null : true;

const WORDS = new Map<boolean | null, string>([
  [true, 'Yes'],
  [false, 'No'],
  [null, 'Not known'],
]);

function answerView(
  from: AskEnd,
  to: AskEnd,
  port: string,
  [egress, ingress]: readonly [AskSide, AskSide],
): HTMLElement {
  const allowed = allowedBy(egress[0], ingress[0]);
  const can = allowed === null ? 'may or may not' : allowed ? 'can' : 'cannot';
  return h(
    'div',
    { class: `answer ${allowed === null ? 'unsure' : allowed ? 'yes' : 'no'}` },
    h(
      'p',
      { class: 'verdict' },
      h('strong', {}, `${WORDS.get(allowed)}: `),
      `${from.name} ${can} open ${port} of ${to.name}.`,
    ),
    h(
      'dl',
      {},
      h('dt', {}, `Egress of ${from.name}`),
      h('dd', {}, egress[1]),
      h('dt', {}, `Ingress of ${to.name}`),
      h('dd', {}, ingress[1]),
    ),
  );
}

function commandView(from: AskEnd, to: AskEnd, port: string, { command }: Ask): HTMLElement {
  const [protocol = 'TCP', number = 'PORT'] = port === '' ? [] : port.split(' ');
  const values: Readonly<Record<string, string>> = { FROM: from.name, TO: to.name, PORT: number, PROTOCOL: protocol };
  const text = command.replace(/\b(?:FROM|TO|PORT|PROTOCOL)\b/g, word => values[word] ?? word);
  const why =
    port === '' ? 'It declares no port, so say which one.' : 'This one was not worked out when the page was made.';
  return h(
    'div',
    { class: 'answer' },
    h('p', {}, `${why} The command that answers it:`),
    h('pre', { class: 'code', tabindex: 0, 'aria-label': 'command' }, h('code', {}, text)),
  );
}

/** What somebody asks, by names, so that it can be asked again of another page. Empty: nothing is chosen. */
interface Asked {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  /** What narrows the lists. */
  readonly words: readonly [from: string, to: string];
}

const NOTHING: Asked = { from: '', to: '', port: '', words: ['', ''] };

/** The form, and what is asked in it. */
interface AskForm {
  readonly element: HTMLElement;
  asked(): Asked;
}

/** May one end reach another, and why: answers that were worked out when the page was made. Hidden where there is no server to ask about. */
export function createAsk(page: Page): { readonly element: HTMLElement; update(page: Page): void } {
  const element = h('section', { id: 'ask', 'aria-labelledby': 'ask-head' });
  let form: AskForm | undefined;
  let shown = '';
  const update = ({ ask }: Page): void => {
    const text = JSON.stringify(ask);
    if (text === shown) return;
    shown = text;
    element.hidden = !ask.ends.some(({ server }) => server);
    form = askForm(ask, form?.asked() ?? NOTHING);
    element.replaceChildren(h('h2', { id: 'ask-head' }, 'May it reach that, and why'), form.element);
  };
  update(page);
  return { element, update };
}

function askForm(ask: Ask, before: Asked): AskForm {
  const { ends, sides } = ask;
  const result = h('div', { class: 'result', role: 'status' });
  const port = h('select', { id: 'ask-port' });
  const portField = h('p', { hidden: true }, h('label', { for: 'ask-port' }, 'Port'), port);

  const sidesOf = (from: number, to: number): readonly [AskSide, AskSide] | undefined => {
    const asked = ends[to]?.ports[port.selectedIndex];
    if (asked === undefined || from >= asked.sources) return undefined;
    const other = asked.others.find(([source]) => source === from);
    const [egress, ingress] = [sides[other?.[1] ?? ends[from]?.egress ?? -1], sides[other?.[2] ?? asked.ingress]];
    return egress === undefined || ingress === undefined ? undefined : [egress, ingress];
  };
  const answer = (): void => {
    const [from, to] = [ends[source.chosen()], ends[destination.chosen()]];
    portField.hidden = to === undefined || to.ports.length < 2;
    if (from === undefined || to === undefined) {
      result.replaceChildren(
        h('p', { class: 'hint' }, from === undefined ? 'Choose a source.' : 'Choose a destination.'),
      );
      return;
    }
    if (from === to) {
      result.replaceChildren(h('p', {}, 'They are the same: it always reaches itself.'));
      return;
    }
    const outcome = sidesOf(source.chosen(), destination.chosen());
    result.replaceChildren(
      outcome === undefined ? commandView(from, to, port.value, ask) : answerView(from, to, port.value, outcome),
    );
  };
  const offerPorts = (): void => {
    const to = ends[destination.chosen()];
    port.replaceChildren(...(to?.ports ?? []).map(({ text }) => h('option', {}, text)));
  };
  const source = createChooser('ask-from', 'From', ends, answer);
  const destination = createChooser('ask-to', 'To', ends, () => {
    offerPorts();
    answer();
  });
  port.addEventListener('change', answer);
  source.choose(before.from, before.words[0]);
  destination.choose(before.to, before.words[1]);
  offerPorts();
  if (before.port !== '') port.value = before.port;
  answer();
  return {
    element: h('div', { class: 'ask' }, source.element, destination.element, portField, result),
    asked: () => ({
      from: ends[source.chosen()]?.name ?? '',
      to: ends[destination.chosen()]?.name ?? '',
      port: port.value,
      words: [source.word(), destination.word()],
    }),
  };
}
