import type { SurveyedNamespace, SurveyListener } from '../survey/keep.ts';
import { pause, type Time } from '../time.ts';
import type { PlannedReport } from './document.ts';
import { planReport, type ReportTools } from './plan.ts';

/** In milliseconds. */
export interface ReportTimes {
  /** Between two passes. */
  readonly everyMs: number;
  /** Between two writes of one namespace. */
  readonly restMs: number;
  /** Between two looks at which APIs are served. */
  readonly servedMs: number;
  /** After which what was written is written again: it costs etcd nothing where nobody has changed it. */
  readonly reassertMs: number;
}

export const REPORT_TIMES: ReportTimes = { everyMs: 5_000, restMs: 60_000, servedMs: 60_000, reassertMs: 1_800_000 };

/** Writes of one pass, so that no more than ten a second are asked of the API server; others wait for the next. */
export const MOST_WRITES = 50;

/** The APIs of reports, the preferred one first. `openreports`: openreports.io/v1alpha1; `wgpolicy`: wgpolicyk8s.io/v1alpha2. */
export const REPORT_APIS = ['openreports', 'wgpolicy'] as const;
export type ReportApi = (typeof REPORT_APIS)[number];

/** Reports of a cluster. All reject with a GateError where there is no answer, or another than was hoped for. */
export interface ReportStore {
  /** In the order of preference; empty: the cluster serves none. */
  served(term: AbortSignal): Promise<readonly ReportApi[]>;
  /** Namespaces that hold a report of ours. */
  list(api: ReportApi, term: AbortSignal): Promise<readonly string[]>;
  /** Where the namespace is gone, nothing. */
  write(api: ReportApi, report: PlannedReport, term: AbortSignal): Promise<void>;
  remove(api: ReportApi, namespace: string, term: AbortSignal): Promise<void>;
}

/** Takes notes; must never throw and never wait. */
export interface ReportTelemetry {
  /** Which API is written to from now on; `undefined`: none is served, so that nothing is reported. */
  serves(api: ReportApi | undefined): void;
  /** `results`: of the report that was written; `undefined`: it was taken away. */
  wrote(namespace: string, results: number | undefined): void;
  /** How many reports there are. */
  counted(reports: number): void;
  reportFailed(error: unknown): void;
}

/** What the keeper needs from outside. */
export interface ReportPorts {
  readonly time: Time;
  readonly times: ReportTimes;
  /** Whether this process leads at this very moment. */
  isLeader(): boolean;
  /** APIs that may be written to. */
  readonly apis: readonly ReportApi[];
  readonly store: ReportStore;
  readonly tools: ReportTools;
  readonly telemetry: ReportTelemetry;
  /** Has every namespace looked at again, and told. */
  lookAgain(): void;
}

/** Keeps a report in each namespace that has servers, while this process leads. It hears of them by the survey. */
export interface ReportKeeper extends SurveyListener {
  lead(term: AbortSignal): void;
  /** Resolves when nothing is under way; the term must have ended. */
  stopped(): Promise<void>;
}

/** A term of the keeper, with all that changes in it. */
interface Keeping {
  readonly term: AbortSignal;
  /** What was seen last of namespaces that are to be written, or to be compared with what is written. */
  readonly pending: Map<string, SurveyedNamespace>;
  /** What stands in each namespace, by the identity of its text, and since when; an empty one is not known. */
  readonly written: Map<string, { readonly id: string; readonly atMs: number }>;
  api: ReportApi | undefined;
  isSettled: boolean;
  servedMs: number;
}

/** Finds out which API is written to, what stands there, and takes away what stands in the other. */
async function settleApi(keeping: Keeping, { store, apis, telemetry, time, lookAgain }: ReportPorts): Promise<void> {
  const { term, written } = keeping;
  const served = (await store.served(term)).filter(api => apis.includes(api));
  const [api, ...others] = served;
  keeping.servedMs = time.nowMs();
  if (keeping.isSettled && api === keeping.api) return;
  const there = api === undefined ? [] : await store.list(api, term);
  for (const other of others)
    for (const namespace of await store.list(other, term)) await store.remove(other, namespace, term);
  written.clear();
  for (const namespace of there) written.set(namespace, { id: '', atMs: Number.NEGATIVE_INFINITY });
  // What was told before was written elsewhere, or nowhere.
  if (keeping.isSettled) lookAgain();
  keeping.api = api;
  keeping.isSettled = true;
  telemetry.serves(api);
}

/** Writes, or takes away, what is to be reported of one namespace. Resolves to whether anything had to be. */
async function writeOne(
  seen: SurveyedNamespace,
  api: ReportApi,
  keeping: Keeping,
  ports: ReportPorts,
): Promise<boolean> {
  const { store, tools, telemetry, time } = ports;
  const { written, term } = keeping;
  const report = planReport(seen, tools);
  const id = report === undefined ? undefined : tools.idOf(JSON.stringify(report));
  if (id === written.get(seen.name)?.id) return false;
  // Before it is tried: after a write that fails, the next one waits as long as after any other.
  written.set(seen.name, { id: '', atMs: time.nowMs() });
  if (report === undefined) await store.remove(api, seen.name, term);
  else await store.write(api, report, term);
  if (id === undefined) written.delete(seen.name);
  else written.set(seen.name, { id, atMs: time.nowMs() });
  telemetry.wrote(seen.name, report?.results.length);
  return true;
}

/** Namespaces whose last write is long enough ago, in no order. */
function rested({ pending, written }: Keeping, { restMs }: ReportTimes, nowMs: number): readonly SurveyedNamespace[] {
  return [...pending.values()].filter(
    ({ name }) => nowMs - (written.get(name)?.atMs ?? Number.NEGATIVE_INFINITY) >= restMs,
  );
}

/** Nothing is compared with what was written so long ago: somebody may have changed it, or taken it away. */
function forgetOld({ written }: Keeping, { reassertMs }: ReportTimes, nowMs: number): void {
  for (const [namespace, { atMs, id }] of written)
    if (id !== '' && nowMs - atMs >= reassertMs) written.set(namespace, { id: '', atMs });
}

/** As {@link writeOne}; what fails is told, and tried again. */
async function tryOne(seen: SurveyedNamespace, api: ReportApi, keeping: Keeping, ports: ReportPorts): Promise<boolean> {
  const { pending, term } = keeping;
  if (pending.get(seen.name) === seen) pending.delete(seen.name);
  try {
    return await writeOne(seen, api, keeping, ports);
  } catch (error) {
    if (!pending.has(seen.name)) pending.set(seen.name, seen);
    if (!term.aborted) ports.telemetry.reportFailed(error);
    return true;
  }
}

/** One pass over what is to be written. */
async function pass(keeping: Keeping, ports: ReportPorts): Promise<void> {
  const { time, times, telemetry, isLeader } = ports;
  const { pending, term, written } = keeping;
  if (!keeping.isSettled || time.nowMs() - keeping.servedMs >= times.servedMs) await settleApi(keeping, ports);
  const { api } = keeping;
  if (api === undefined) return pending.clear();
  forgetOld(keeping, times, time.nowMs());
  let writes = 0;
  for (const seen of rested(keeping, times, time.nowMs())) {
    if (term.aborted || !isLeader() || writes >= MOST_WRITES) break;
    writes += Number(await tryOne(seen, api, keeping, ports));
  }
  telemetry.counted(written.size);
}

/** A keeper that has written nothing yet. */
export function createReportKeeper(ports: ReportPorts): ReportKeeper {
  const { time, times, telemetry } = ports;
  let running: Promise<void> = Promise.resolve();
  const pending = new Map<string, SurveyedNamespace>();

  const keep = async (term: AbortSignal): Promise<void> => {
    const state = { api: undefined, isSettled: false, servedMs: Number.NEGATIVE_INFINITY };
    const keeping: Keeping = { ...state, term, pending, written: new Map() };
    while (!term.aborted) {
      try {
        await pass(keeping, ports);
      } catch (error) {
        if (!term.aborted) telemetry.reportFailed(error);
      }
      await pause(time, times.everyMs, term);
    }
  };

  return {
    begins: async () => pending.clear(),
    looked: seen => void pending.set(seen.name, seen),
    lead: term => {
      running = running.then(() => keep(term));
    },
    stopped: () => running,
  };
}
