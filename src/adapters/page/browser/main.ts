import type { Page, PageServer, ServerDetail } from '../../../app/page/model.ts';
import { h } from './dom.ts';
import { createPageView } from './page-view.ts';

/** What stands in the document as JSON; the fallback where it does not. */
const dataOf = <Data>(id: string, fallback: Data): Data => {
  const text = document.getElementById(id)?.textContent;
  return text ? JSON.parse(text) : fallback;
};

/** The details of the servers stand behind this script: they are read once somebody asks for one, and never before they are there. */
function detailsOf({ servers }: Page) {
  let details: readonly ServerDetail[] | undefined;
  const detailOf = (server: PageServer): ServerDetail | undefined => {
    details ??= dataOf<readonly ServerDetail[]>('details-data', []);
    return details[servers.indexOf(server)];
  };
  return (server: PageServer): ServerDetail | undefined | Promise<ServerDetail | undefined> => {
    if (document.readyState !== 'loading') return detailOf(server);
    return new Promise(resolve => {
      addEventListener('DOMContentLoaded', () => resolve(detailOf(server)), { once: true });
    });
  };
}

/** Draws the whole page, from the data that stands in the document. */
const page: Page = JSON.parse(document.getElementById('page-data')?.textContent ?? '{}');
const view = createPageView(page, detailsOf(page));
document.body.append(h('main', {}, ...view.sections), view.about);
addEventListener('beforeprint', view.openAll);
