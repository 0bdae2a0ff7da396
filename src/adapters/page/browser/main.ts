import { h } from './dom.ts';
import { createPageView } from './page-view.ts';

/** Draws the whole page, from the data that stands in the document. */
const view = createPageView(JSON.parse(document.getElementById('page-data')?.textContent ?? '{}'));
document.body.append(h('main', {}, ...view.sections), view.about);
addEventListener('beforeprint', view.openAll);
