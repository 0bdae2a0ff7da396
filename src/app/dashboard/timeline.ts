import { refText } from '../../core/explain.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import type { CheckReport } from '../report/check-report.ts';
import type { TimelineEntry } from './model.ts';

/** Entries that are shown, and details of one that are: inclusive. */
export const MAX_ENTRIES = 200;
const MAX_DETAILS = 5;

/** Traffic that a change opened or closed, in the words of the record. */
interface RecordedReach {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  readonly protocol: string;
}

/** What a line of a record tells of a change; texts that it does not have are empty. */
export interface RecordedChange {
  /** RFC 3339. */
  readonly time: string;
  readonly type: string;
  readonly operation: string;
  readonly object: ObjectRef & { readonly subresource: string };
  readonly user: { readonly name: string };
  /** `undefined`: it is about no request. */
  readonly allowed: boolean | undefined;
  readonly dryRun: boolean;
  readonly findings: readonly { readonly level: string; readonly message: string }[];
  readonly gained: readonly RecordedReach[];
  readonly lost: readonly RecordedReach[];
}

/** A namespace that came from one mode to another. */
export interface StageChanged {
  readonly namespace: string;
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly by: string;
}

/** The first few, and the number of the others. */
function few(texts: readonly string[]): readonly string[] {
  const more = texts.length - MAX_DETAILS;
  return more <= 0 ? texts : [...texts.slice(0, MAX_DETAILS), `and ${more} more`];
}

const portText = ({ port, protocol }: RecordedReach): string => {
  if (port === 'any') return protocol === 'any' ? 'every port' : `every port of ${protocol}`;
  return protocol === 'any' ? `port ${port}` : `${protocol} ${port}`;
};

const reachText = (reach: RecordedReach, verb: string): string =>
  `${reach.from} ${verb} ${reach.to} (${portText(reach)})`;

function changeText({ operation, object }: RecordedChange): string {
  const { subresource, ...ref } = object;
  return `${operation} ${refText(ref)}${subresource === '' ? '' : ` (${subresource})`}`.trim();
}

const deniedOf = ({ findings }: RecordedChange): readonly string[] =>
  findings.filter(({ level }) => level === 'deny').map(({ message }) => message);

const reachOf = ({ gained, lost }: RecordedChange): readonly string[] => [
  ...gained.map(one => reachText(one, 'can reach')),
  ...lost.map(one => reachText(one, 'no longer reaches')),
];

/** What sort of entry a line makes; `undefined`: it tells of nothing that opens, closes or is refused. */
function kindOf({ type, allowed, gained, lost }: RecordedChange): TimelineEntry['kind'] | undefined {
  if (type === 'configuration') return 'configuration';
  if (allowed === false) return 'refused';
  if (type === 'unwitnessed') return 'past-gate';
  if (gained.length > 0) return 'opened';
  return lost.length > 0 ? 'closed' : undefined;
}

/** What a line of a record makes of the timeline; `undefined`: nothing. A dry run changed nothing. */
export function recordedEntry(change: RecordedChange): TimelineEntry | undefined {
  const kind = change.dryRun ? undefined : kindOf(change);
  if (kind === undefined) return undefined;
  const { time: at, user } = change;
  if (kind === 'configuration') return { at, kind, what: 'the configuration of the gate', by: '', details: [] };
  const details = kind === 'refused' ? deniedOf(change) : reachOf(change);
  return { at, kind, what: changeText(change), by: user.name, details: few(details) };
}

/** Since when what is denied is found. */
const foundEntries = ({ servers }: Pick<CheckReport, 'servers'>): readonly TimelineEntry[] =>
  servers.flatMap(server =>
    server.findings.flatMap(({ level, openSince, message }): readonly TimelineEntry[] =>
      level !== 'deny' || openSince === undefined
        ? []
        : [{ at: openSince, kind: 'found', what: refText(server), by: '', details: [message] }],
    ),
  );

const stageEntry = ({ namespace, at, from, to, by }: StageChanged): TimelineEntry => ({
  ...{ at, kind: 'stage', what: `Namespace ${namespace}`, details: [`mode ${from} became ${to}`] },
  by: by === 'controller' ? 'the controller, by its rollout' : 'a person',
});

/** What the timeline is made of. */
export interface TimelineSources {
  /** Of records, in any order. */
  readonly recorded: readonly TimelineEntry[];
  readonly stages: readonly StageChanged[];
  readonly report: Pick<CheckReport, 'servers'>;
}

/** What happened, the newest first; of one moment, in the order of the sources. */
export function timelineOf({ recorded, stages, report }: TimelineSources): readonly TimelineEntry[] {
  const all = [...recorded, ...stages.map(stageEntry), ...foundEntries(report)];
  return all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, MAX_ENTRIES);
}
