import type { Page } from '../../../app/page/model.ts';
import { h, plural } from './dom.ts';

/** What could not be read, errors first, and how the rest was judged. */
export function aboutView({ problems, facts, configuration, version }: Page): HTMLElement {
  const inOrder = problems.toSorted((a, b) => Number(a.severity !== 'error') - Number(b.severity !== 'error'));
  const trouble = inOrder.map(({ severity, place, message }) =>
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
