import { createJudge, type Judge } from '../../core/evaluate.ts';
import { postureOf } from '../../core/gate/effective-mode.ts';
import type { GatePolicy, Mode } from '../../core/gate/types.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { namespaceLabels, type World } from '../../core/world/world.ts';
import { inSlices, pause, type Time } from '../time.ts';
import type { WorldReading } from '../world-reading.ts';
import { judgeServers, type SurveyedServer } from './servers-in.ts';

/** In milliseconds. */
export interface SurveyTimes {
  /** Between two rounds. */
  readonly everyMs: number;
  /** After a look at a namespace before the next one: what happens in between is seen as one change. */
  readonly restMs: number;
}

export const SURVEY_TIMES: SurveyTimes = { everyMs: 2_000, restMs: 60_000 };

/** What a look saw of a namespace. */
export interface SurveyedNamespace {
  readonly name: string;
  readonly uid: string;
  readonly mode: Mode;
  /** In no order. Empty where there is none, or the namespace is gone or going. */
  readonly servers: readonly SurveyedServer[];
}

/** Is told of what the survey sees. */
export interface SurveyListener {
  /** A term begins, in which nothing has been seen yet: nothing is looked at before this resolves. Must not reject. */
  begins?(term: AbortSignal): Promise<void>;
  /** Must not throw. */
  looked(namespace: SurveyedNamespace): void;
  /** Every namespace of the cluster has been looked at once, and these are all that hold servers. Once in a term. */
  completed?(withServers: ReadonlySet<string>): void;
}

/** What the survey needs from outside. */
export interface SurveyPorts {
  readonly time: Time;
  readonly times: SurveyTimes;
  world(): WorldReading;
  /** As it holds today: the same object until something changes. */
  policy(): GatePolicy;
  readonly listeners: readonly SurveyListener[];
  /** Told of an error of ours. Must not throw. */
  onBug(error: unknown): void;
}

/** Judges every MCP server of the cluster while this process leads, whatever the modes, and again where something has changed. */
export interface Survey {
  lead(term: AbortSignal): void;
  /** Something may bear on the servers of this namespace; of all where it is in none. */
  touch(changed: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): void;
  touchAll(): void;
  /** Resolves when nothing is under way; the term must have ended. */
  stopped(): Promise<void>;
}

/** A term of the survey, with all that changes in it. */
interface Round {
  readonly term: AbortSignal;
  /** Namespaces that are to be looked at. */
  readonly due: Set<string>;
  /** When each was looked at last. */
  readonly lookedMs: Map<string, number>;
  readonly withServers: Set<string>;
  /** Namespaces of the beginning that have not been looked at yet; `undefined`: each has, and that was told. */
  awaited: Set<string> | undefined;
}

/** Judges a namespace in slices; `undefined`: the term has ended meanwhile. */
async function lookAt(
  world: World,
  name: string,
  judge: Judge,
  time: Time,
  term: AbortSignal,
): Promise<SurveyedNamespace | undefined> {
  const content = world.namespace(name);
  const { namespace } = content;
  const servers: SurveyedServer[] = [];
  const isThere = namespace !== undefined && !namespace.meta.terminating;
  for await (const server of inSlices(isThere ? judgeServers(world, name, judge) : [], time, term)) {
    if (term.aborted) return undefined;
    if (server !== undefined) servers.push(server);
  }
  if (term.aborted) return undefined;
  const { mode } = postureOf(namespaceLabels(content), judge.policy);
  return { name, uid: namespace?.meta.uid ?? '', mode, servers };
}

/** A survey that has seen nothing yet. */
export function createSurvey({ time, times, world, policy, listeners, onBug }: SurveyPorts): Survey {
  let running: Promise<void> = Promise.resolve();
  let round: Round | undefined;
  let judge: Judge | undefined;

  const judgeNow = (): Judge => {
    const current = policy();
    if (judge?.policy !== current) judge = createJudge(current);
    return judge;
  };

  const touchAll = (): void => {
    const reading = world();
    if (round === undefined || reading.kind === 'not-synced') return;
    for (const name of [...reading.world.namespaceNames(), ...round.withServers]) round.due.add(name);
  };

  const note = (seen: SurveyedNamespace, { withServers, lookedMs }: Round): void => {
    if (seen.servers.length > 0) withServers.add(seen.name);
    else withServers.delete(seen.name);
    if (seen.uid === '') lookedMs.delete(seen.name);
    else lookedMs.set(seen.name, time.nowMs());
    for (const listener of listeners) listener.looked(seen);
  };

  const isRested = (name: string, { lookedMs }: Round): boolean =>
    time.nowMs() - (lookedMs.get(name) ?? Number.NEGATIVE_INFINITY) >= times.restMs;

  const lookOnce = async (name: string, seenIn: World, current: Round): Promise<void> => {
    try {
      const seen = await lookAt(seenIn, name, judgeNow(), time, current.term);
      if (seen !== undefined) note(seen, current);
    } catch (error) {
      onBug(error);
    }
    current.awaited?.delete(name);
  };

  /** Looks at what is due, each in the world of its own moment. */
  const goRound = async (current: Round): Promise<void> => {
    const { due, term, withServers } = current;
    for (const name of [...due].filter(one => isRested(one, current)).sort()) {
      const reading = world();
      if (reading.kind !== 'ready' || term.aborted) return;
      due.delete(name);
      await lookOnce(name, reading.world, current);
    }
    if (current.awaited?.size !== 0 || term.aborted) return;
    current.awaited = undefined;
    for (const listener of listeners) listener.completed?.(new Set(withServers));
  };

  const keep = async (term: AbortSignal): Promise<void> => {
    const current: Round = { term, due: new Set(), lookedMs: new Map(), withServers: new Set(), awaited: new Set() };
    for (const listener of listeners) await listener.begins?.(term);
    while (!term.aborted && world().kind !== 'ready') await pause(time, times.everyMs, term);
    round = current;
    touchAll();
    current.awaited = new Set(current.due);
    while (!term.aborted) {
      await goRound(current);
      await pause(time, times.everyMs, term);
    }
    round = undefined;
  };

  return {
    lead: term => {
      running = running.then(() => keep(term));
    },
    touch: ({ kind, namespace, name }) => {
      const touched = kind === 'Namespace' ? name : namespace;
      if (touched === '') touchAll();
      else round?.due.add(touched);
    },
    touchAll,
    stopped: () => running,
  };
}
