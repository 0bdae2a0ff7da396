import type { Page } from '../page/model.ts';

/** What an entry of the timeline tells of. `found`: since then it is found, by what the controller keeps; the others come of a record. */
type TimelineKind = 'opened' | 'closed' | 'refused' | 'past-gate' | 'stage' | 'configuration' | 'found';

/** Something that happened. */
export interface TimelineEntry {
  /** RFC 3339. */
  readonly at: string;
  readonly kind: TimelineKind;
  /** `UPDATE NetworkPolicy shop/debug`. */
  readonly what: string;
  /** Who did it; empty: not known. */
  readonly by: string;
  /** A sentence each, the first few and the number of the others. */
  readonly details: readonly string[];
}

/** A namespace in a rollout. */
export interface StageRow {
  readonly namespace: string;
  readonly stage: string;
  /** `YYYY-MM-DD`. */
  readonly since: string;
  readonly status: string;
  /** What follows, from which day on, and in how many days; absent: nothing follows. */
  readonly next?: { readonly stage: string; readonly from: string; readonly daysLeft: number };
  /** Denied findings that enforcing would meet. */
  readonly open: number;
  readonly blockers: readonly string[];
}

/** An exception, wherever it is written. */
export interface ExceptionRow {
  /** `Deployment shop/search`. */
  readonly object: string;
  readonly rules: readonly string[];
  readonly reason: string;
  /** Last day on which it holds, `YYYY-MM-DD`. */
  readonly expires: string;
  /** Days after this one on which it holds; negative: it has ended. */
  readonly daysLeft: number;
  /** `the configuration`, `GateException shop/one`, `annotation of Deployment shop/search`. */
  readonly from: string;
}

/** Ranges of one class of protected networks. */
export interface RangeRow {
  readonly class: string;
  readonly ranges: readonly string[];
  /** What told them. */
  readonly from: string;
  /** `false`: there may be more. */
  readonly isWhole: boolean;
}

/** A line of the checklist of `doctor`. */
export interface CheckRow {
  readonly title: string;
  readonly status: 'fail' | 'unknown' | 'warn' | 'pass';
  readonly answers: readonly { readonly status: CheckRow['status']; readonly says: string; readonly remedy: string }[];
}

/** All that a dashboard shows, as plain data. Every text in it is visible text of strangers, and is shown as text. */
export interface DashboardModel {
  readonly page: Page;
  /** Newest first, at most {@link MAX_ENTRIES}. */
  readonly timeline: readonly TimelineEntry[];
  /** Where nothing tells who did it, and what would; empty: a record does. */
  readonly timelineHint: string;
  /** By name. */
  readonly stages: readonly StageRow[];
  /** That end first come first. */
  readonly exceptions: readonly ExceptionRow[];
  readonly ranges: readonly RangeRow[];
  /** `null`: it has not been looked at yet. */
  readonly checks: readonly CheckRow[] | null;
}

/** How a dashboard stands: told to whoever looks at it, whenever it changes. */
export interface DashboardStanding {
  /** Of the model that there is now; another text is another model. Empty: there is none yet. */
  readonly version: string;
  /** How often the cluster was judged: with each time, the details of servers may be others. */
  readonly judgements: number;
  /** Since when the cluster has told nothing, RFC 3339; `null`: what is shown is as it is. */
  readonly staleSince: string | null;
  /** What keeps it from being shown, or from being as it is: a sentence each. */
  readonly troubles: readonly string[];
}
