import { type Page, STANDINGS } from '../../../app/page/model.ts';
import { h, plural } from './dom.ts';
import { STANDING_WORDS } from './words.ts';

/** A sum is worth what was read: it says so where something was not. */
function gapView(problems: Page['problems']): HTMLElement | undefined {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (errors === 0) return undefined;
  const link = h('a', { href: '#problems' }, plural(errors, 'error'));
  return h('p', { class: 'gap' }, link, ': what could not be read was not judged.');
}

/** How many of all, and what share each standing has. */
export function sumView({ servers, closed, sentence, subject, day, problems }: Page): HTMLElement {
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
      servers.length === 0
        ? undefined
        : h(
            'p',
            { class: 'number', 'aria-hidden': 'true' },
            h('b', {}, String(closed)),
            h('span', {}, ` of ${servers.length}`),
            h('small', {}, 'servers closed'),
          ),
      h('div', {}, h('h1', {}, sentence), gapView(problems), servers.length === 0 ? undefined : share),
    ),
  );
}
