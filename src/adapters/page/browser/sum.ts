import { type Page, STANDINGS } from '../../../app/page/model.ts';
import { h } from './dom.ts';
import { STANDING_WORDS } from './words.ts';

/** How many of all, and what share each standing has. */
export function sumView({ servers, closed, sentence, subject, day }: Page): HTMLElement {
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
