import type { Page } from '../../../app/page/model.ts';
import { aboutView } from './about.ts';
import { askView } from './ask.ts';
import { changeView } from './change.ts';
import { h } from './dom.ts';
import { drawPicture } from './picture.ts';
import { createServerList } from './server-list.ts';
import { sumView } from './sum.ts';

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
