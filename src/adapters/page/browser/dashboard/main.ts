import type { DashboardModel, DashboardStanding } from '../../../../app/dashboard/model.ts';
import type { PageServer, ServerDetail } from '../../../../app/page/model.ts';
import { h } from '../dom.ts';
import { keepPlace } from '../keep-place.ts';
import { createPageView, type PageView } from '../page-view.ts';
import { checksView, exceptionsView, rangesView, stagesView, timelineView } from './panels.ts';
import { type Connection, createStatusBar } from './status-bar.ts';

/** Milliseconds after which a stream that was refused is asked for again. One that broke, the browser asks for again by itself. */
const RETRY_MS = 3_000;

/** What stands below the page of a model, in order; each is there always, and hidden where there is nothing to show. */
const PANELS = [timelineView, stagesView, exceptionsView, rangesView, checksView] as const;

const ON_PAPER =
  'Of the servers above, those that stood open on the screen are printed in full. chokepoint scan --output html writes a page that prints all of them so.';

/** Asks for the details of a server. */
async function loadDetail({ id }: PageServer): Promise<ServerDetail | undefined> {
  try {
    const answer = await fetch(`/server?id=${encodeURIComponent(id)}`);
    return answer.ok ? await answer.json() : undefined;
  } catch {
    return undefined;
  }
}

/** Draws models one after the other; what the reader has chosen and where they are stays. */
function createDrawing(main: HTMLElement) {
  let view: PageView | undefined;
  const panels = h('div', { class: 'panels' });
  const drawPanels = (model: DashboardModel): void => {
    const next = h('div', {}, ...PANELS.map(draw => draw(model)));
    for (const [index, panel] of [...next.children].entries()) {
      const known = panels.children[index];
      if (known === undefined) panels.append(panel);
      else if (!panel.isEqualNode(known)) known.replaceWith(panel);
    }
  };
  return {
    refresh: (): void => view?.refresh(),
    draw: (model: DashboardModel): readonly HTMLElement[] => {
      const { page } = model;
      document.title = `Chokepoint: ${page.closed} of ${page.servers.length} MCP servers closed`;
      if (view === undefined) {
        view = createPageView(page, loadDetail);
        addEventListener('beforeprint', view.drawAll);
        main.replaceChildren(...view.sections, h('p', { class: 'on-paper' }, ON_PAPER), panels);
        main.after(view.about);
        drawPanels(model);
      } else {
        const { update } = view;
        keepPlace(() => {
          update(page);
          drawPanels(model);
        });
      }
      return [...view.sections, ...panels.querySelectorAll('section')];
    },
  };
}

/** Follows the dashboard that the page came from, and shows what it tells. */
function start(): void {
  const main = h('main', {});
  const bar = createStatusBar();
  document.body.append(bar.element, bar.nav, main);
  const drawing = createDrawing(main);
  let connection: Connection = { standing: undefined, lostSince: undefined, shownAt: undefined };
  /** Version of the model that is shown, and of the one that is being asked for. */
  let [shown, asked] = ['', ''];

  const note = (change: Partial<Connection>): void => {
    connection = { ...connection, ...change };
    bar.show(connection);
  };
  const load = async (version: string): Promise<void> => {
    if (version === '' || version === shown || version === asked) return;
    asked = version;
    try {
      const answer = await fetch('/model');
      if (!answer.ok) return;
      const model: DashboardModel = await answer.json();
      bar.offer(drawing.draw(model));
      shown = (answer.headers.get('etag') ?? '').replaceAll('"', '');
      note({ shownAt: new Date() });
    } catch {
      // The stream breaks with it, and what comes after is loaded.
    } finally {
      asked = '';
      const latest = connection.standing?.version ?? '';
      // It became another one meanwhile.
      if (shown === version && latest !== shown) void load(latest);
    }
  };
  const follow = (): void => {
    const events = new EventSource('/events');
    events.addEventListener('standing', ({ data }) => {
      const standing: DashboardStanding = JSON.parse(data);
      const isJudgedAnew = standing.judgements !== connection.standing?.judgements;
      note({ standing, lostSince: undefined });
      if (standing.version !== shown) void load(standing.version);
      else if (isJudgedAnew) drawing.refresh();
    });
    events.addEventListener('error', () => {
      note({ lostSince: connection.lostSince ?? new Date() });
      if (events.readyState !== EventSource.CLOSED) return;
      setTimeout(follow, RETRY_MS);
    });
  };
  note({});
  follow();
}

start();
