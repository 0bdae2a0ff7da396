import type { Decision } from '../../core/decision.ts';
import { createJudge, type Judge } from '../../core/evaluate.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import { createDecoder, type Decoder } from '../../core/kube/decode.ts';
import type { ObjectRef, Workload } from '../../core/kube/types.ts';
import { virtualServer } from '../../core/virtual-server.ts';
import { visibleData } from '../../core/visible-text.ts';
import type { World } from '../../core/world/world.ts';
import { type JudgedInput, refKey, sourceOf } from '../report/check.ts';
import type { ReportedServer } from '../report/check-report.ts';
import { createGenerator, type GeneratedPolicies, type GeneratedPolicy } from '../report/generate.ts';
import type { Steps } from '../steps.ts';
import { mendedWorld } from './mended-world.ts';
import type { AfterFixes, ServerMap } from './model.ts';
import { serverMap, workloadNames } from './server-map.ts';
import { standingOfServer } from './standing.ts';

/** What the servers of one world are drawn and mended by. */
export interface Ground {
  readonly judged: JudgedInput;
  /** The decision that a report tells of as this server. */
  decisionOf(server: ReportedServer): Decision | undefined;
  /** Who reaches it, and what it reaches. */
  mapOf(decision: Decision): ServerMap;
  /** Policies that it lacks. */
  policiesFor(decision: Decision): Steps<readonly GeneratedPolicy[]>;
  /** `undefined`: no machine can change anything for it. */
  afterFixes(decision: Decision, policies: readonly GeneratedPolicy[]): AfterFixes | undefined;
}

/** A report tells names as visible text, so that two servers may be told alike: where they stand tells them apart. */
const decisionKey = (
  ref: ObjectRef,
  { file, line }: { readonly file: string; readonly line: number } = { file: '', line: 0 },
): string => JSON.stringify([refKey(visibleData(ref)), file, line]);

/** The workload that a decision is about; of a server that the input holds as its policy alone, what that stands for. */
function workloadOf({ kind, namespace, name }: ObjectRef, world: World): Workload | undefined {
  const { workloads, policies } = world.namespace(namespace);
  const workload = workloads.get(`${kind}/${name}`);
  const policy = policies.get(`NetworkPolicy/${name}`);
  return workload ?? (kind === 'NetworkPolicy' && policy ? virtualServer(policy) : undefined);
}

const NOT_THERE: ServerMap = { ways: [], notes: ['It is not in the objects that were judged.'] };

/** Policies for each server, written once somebody asks for one of its namespace: the names of those of one namespace depend on each other. */
class Written {
  readonly #decisions: ReadonlyMap<string, readonly Decision[]>;
  readonly #generate: () => ReturnType<typeof createGenerator>;
  readonly #known = new Map<string, GeneratedPolicies>();

  constructor(judged: JudgedInput, policy: GatePolicy) {
    this.#decisions = Map.groupBy(judged.decisions, ({ subject }) => subject.namespace);
    let generator: ReturnType<typeof createGenerator> | undefined;
    this.#generate = () => {
      generator ??= createGenerator(judged, policy);
      return generator;
    };
  }

  *for({ subject }: Decision): Steps<readonly GeneratedPolicy[]> {
    const { namespace } = subject;
    const known = this.#known.get(namespace) ?? (yield* this.#generate()(this.#decisions.get(namespace) ?? []));
    this.#known.set(namespace, known);
    return known.policies.filter(one => refKey(one.subject) === refKey(subject));
  }
}

/** `judge`: that the world was judged by. */
function drawing(judge: Judge, judged: JudgedInput) {
  const nameWorkloads = workloadNames(judged.world);
  return (world: World, { subject, mcp, findings }: Decision): ServerMap => {
    const workload = workloadOf(subject, world);
    if (workload === undefined) return NOT_THERE;
    return serverMap(judge.contextOf(world, workload, mcp, subject), findings, nameWorkloads);
  };
}

/** Nothing is drawn or written before it is asked for. */
export function createGround(judged: JudgedInput, policy: GatePolicy): Ground {
  const [judge, decode]: readonly [Judge, Decoder] = [createJudge(policy), createDecoder()];
  const decisions = new Map(
    judged.decisions.map(decision => [decisionKey(decision.subject, sourceOf(judged, decision)), decision]),
  );
  const draw = drawing(judge, judged);
  const written = new Written(judged, policy);
  return {
    judged,
    decisionOf: server => decisions.get(decisionKey(server, server)),
    mapOf: decision => draw(judged.world, decision),
    policiesFor: decision => written.for(decision),
    afterFixes: (decision, policies) => {
      const { subject, mcp } = decision;
      const world = mendedWorld(judged.world, decision, policies, decode);
      const workload = world && workloadOf(subject, world);
      if (world === undefined || workload === undefined) return undefined;
      const after = judge.evaluateServer(world, workload, mcp, subject);
      return { standing: standingOfServer(after), map: draw(world, after) };
    },
  };
}
