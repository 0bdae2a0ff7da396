import type { MapWay, PageServer, ServerMap, Standing } from '../../../app/page/model.ts';
import { h } from './dom.ts';
import { mark, STANDING_WORDS, WAY_WORDS } from './words.ts';

function wayItem(way: MapWay): HTMLElement {
  const { standing, end, who, ports, by, now } = way;
  return h(
    'li',
    { class: `way ${standing}` },
    h('span', { class: 'end' }, end.text, h('span', { class: 'hidden' }, `, ${WAY_WORDS[standing]}`)),
    h('span', { class: 'ports' }, ports),
    h('span', { class: 'who' }, who),
    now === undefined ? undefined : h('span', { class: 'now' }, `There now: ${now}`),
    h(
      'span',
      { class: 'by' },
      by.length === 0 ? 'no policy closes this' : by.slice(0, 3).join('; '),
      by.length > 3 ? ` and ${by.length - 3} more` : '',
    ),
  );
}

function side(title: string, ways: readonly MapWay[], nothing: string): HTMLElement {
  const items = ways.length === 0 ? [h('li', { class: 'way none' }, nothing)] : ways.map(wayItem);
  return h('div', { class: 'side' }, h('p', { class: 'title' }, title), h('ul', {}, ...items));
}

/** Who reaches the server, the server, and what it reaches, from left to right; on a narrow screen one below the other. */
export function drawMap({ name, kind }: PageServer, { ways, notes }: ServerMap, standing: Standing): HTMLElement {
  if (ways.length === 0 && notes.length > 0)
    return h('div', { class: 'undrawn' }, ...notes.map(note => h('p', { class: 'note' }, note)));
  const of = (which: MapWay['side']): readonly MapWay[] => ways.filter(way => way.side === which);
  return h(
    'div',
    { class: 'map' },
    side('Who reaches it', of('from'), 'nobody'),
    h(
      'div',
      { class: `server ${standing}` },
      mark(standing),
      h('strong', {}, name),
      h('span', {}, kind),
      h('em', {}, STANDING_WORDS[standing]),
    ),
    side('What it reaches', of('to'), 'nothing'),
    ...notes.map(note => h('p', { class: 'note' }, note)),
  );
}
