import type { Page } from '../../../app/page/model.ts';
import { h } from './dom.ts';

/** What a change newly lets reach what; absent where nothing is compared with. */
export function changeView({ change }: Page): HTMLElement | undefined {
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
