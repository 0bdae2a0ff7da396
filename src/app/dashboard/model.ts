import type { Page } from '../page/model.ts';

/** All that a dashboard shows, as plain data. Every text in it is visible text of strangers, and is shown as text. */
export interface DashboardModel {
  readonly page: Page;
}

/** How a dashboard stands: told to whoever looks at it, whenever it changes. */
export interface DashboardStanding {
  /** Of the model that there is now; another text is another model. Empty: there is none yet. */
  readonly version: string;
  /** Since when the cluster has told nothing, RFC 3339; `null`: what is shown is as it is. */
  readonly staleSince: string | null;
  /** What keeps it from being shown, or from being as it is: a sentence each. */
  readonly troubles: readonly string[];
}
