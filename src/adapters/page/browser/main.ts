import { type Page, STANDINGS } from '../../../app/page/model.ts';
import { askView } from './ask.ts';
import { h, plural } from './dom.ts';
import { drawPicture } from './picture.ts';
import { createServerList } from './server-list.ts';
import { STANDING_WORDS } from './words.ts';

/** How many of all, and what share each standing has. */
function sumView({ servers, closed, sentence, subject, day }: Page): HTMLElement {
  const share = h('div', { class: 'share', 'aria-hidden': 'true' });
  for (const standing of STANDINGS) {
    const count = servers.filter(server => server.standing === standing).length;
    if (count === 0) continue;
    const part = h('span', { class: standing, title: `${count} ${STANDING_WORDS[standing]}` });
    part.style.flexGrow = String(count);
    share.append(part);
  }
  return h(
    'header',
    {},
    h('p', { class: 'subject' }, h('b', {}, 'Chokepoint'), ` judged ${subject} on `, h('time', { datetime: day }, day)),
    h(
      'div',
      { class: 'sum' },
      h(
        'p',
        { class: 'number', 'aria-hidden': 'true' },
        h('b', {}, String(closed)),
        h('span', {}, ` of ${servers.length}`),
        h('small', {}, 'servers closed'),
      ),
      h('div', {}, h('h1', {}, sentence), servers.length === 0 ? undefined : share),
    ),
  );
}

function changeView({ change }: Page): HTMLElement | undefined {
  if (change === undefined) return undefined;
  const { against, opened, closed } = change;
  const listOf = (title: string, items: readonly string[], name: string): HTMLElement | undefined =>
    items.length === 0
      ? undefined
      : h('div', {}, h('h3', {}, title), h('ul', { class: name }, ...items.map(item => h('li', {}, item))));
  return h(
    'section',
    { id: 'change', 'aria-labelledby': 'change-head' },
    h('h2', { id: 'change-head' }, 'What changes'),
    h('p', { class: 'hint' }, `Compared with ${against}.`),
    opened.length + closed.length === 0
      ? h('p', { class: 'good' }, 'Nothing reaches anything that it did not reach before.')
      : undefined,
    listOf('Newly open', opened, 'newly-open'),
    listOf('Open no more', closed, 'open-no-more'),
  );
}

function aboutView({ problems, facts, configuration, version }: Page): HTMLElement {
  const trouble = problems.map(({ severity, place, message }) =>
    h(
      'li',
      { class: severity },
      h('strong', {}, severity),
      ' ',
      message,
      place === '' ? undefined : h('code', {}, place),
    ),
  );
  return h(
    'footer',
    {},
    trouble.length === 0
      ? undefined
      : h(
          'section',
          { id: 'problems', 'aria-labelledby': 'problems-head' },
          h('h2', { id: 'problems-head' }, plural(trouble.length, 'problem')),
          h('ul', { class: 'problems' }, ...trouble),
        ),
    h(
      'section',
      { 'aria-labelledby': 'about-head' },
      h('h2', { id: 'about-head' }, 'How it was judged'),
      h(
        'ul',
        { class: 'about' },
        h('li', {}, `Configuration: ${configuration}.`),
        ...facts.map(fact => h('li', {}, fact)),
        h(
          'li',
          {},
          `Chokepoint ${version}. A server is closed where only its gateway and allowed clients reach it, and it reaches nothing that is protected.`,
        ),
      ),
    ),
  );
}

/** Draws the whole page. */
function show(page: Page): void {
  const list = createServerList(page);
  const views = [
    sumView(page),
    changeView(page),
    drawPicture(page, list),
    page.servers.length === 0 ? undefined : list.element,
    askView(page),
  ];
  document.body.append(h('main', {}, ...views), aboutView(page));
  addEventListener('beforeprint', () => list.openAll());
}

show(JSON.parse(document.getElementById('page-data')?.textContent ?? '{}'));
