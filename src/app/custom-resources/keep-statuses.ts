import type { DecodedGatePolicy } from '../../core/gate/document/decode-gate-policy.ts';
import type { StoredGatePolicy } from '../../core/gate/stored-gate-policy.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { Fields } from '../../core/kube/reading.ts';
import type { Condition, GateException, ResourceStatus } from '../../core/kube/types.ts';
import { pause, type Time } from '../time.ts';
import { conditionsFor, type Said } from './conditions.ts';
import { gateExceptionConditions } from './gate-exception-status.ts';
import { type GateFacts, gatePolicyConditions } from './gate-policy-status.ts';

/** Milliseconds between two looks: what is said changes with the day, too. */
const EVERY_MS = 5_000;
/** The same after a write that failed, most often for want of a right. */
const AFTER_FAILURE_MS = 60_000;
/** Writes of one look: others wait for the next. */
const MOST_WRITES = 50;
/** Milliseconds in which what was written need not be seen in the view yet. */
const SETTLES_MS = 30_000;

/** An object of one of our kinds. */
export interface ResourceRef {
  readonly kind: 'GatePolicy' | 'GateException';
  /** Empty for a GatePolicy. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The objects of our kinds that a cluster holds. */
export interface StoredResources {
  readonly gatePolicies: readonly StoredGatePolicy[];
  readonly gateExceptions: readonly GateException[];
}

/** What the keeper needs from outside. */
export interface StatusPorts {
  readonly time: Time;
  /** `undefined`: the view of the cluster is not to be trusted. */
  resources(): StoredResources | undefined;
  /** As it holds today; `undefined`: there is none to judge by. */
  policy(): GatePolicy | undefined;
  gate(): GateFacts;
  decode(document: Fields): Promise<DecodedGatePolicy>;
  /** ISO 8601, whole seconds. */
  now(): string;
  /** Rejects with a GateError where it is not written; an object that is gone, or another one by now, is none of its business. */
  write(object: ResourceRef, conditions: readonly Condition[], term: AbortSignal): Promise<void>;
  /** Told of a look that failed. Must not throw. */
  onError(error: unknown): void;
}

/** Says in the status of each GatePolicy and GateException what has become of it, while this process leads. */
export interface StatusKeeper {
  /** Looks after them until the term ends. */
  lead(term: AbortSignal): void;
  /** Resolves when nothing is under way; the term must have ended. */
  stopped(): Promise<void>;
}

/** What is to be said of one object. */
interface Statement {
  readonly object: ResourceRef;
  readonly said: readonly Said[];
  readonly status: ResourceStatus;
}

async function statementsOn(
  { gatePolicies, gateExceptions }: StoredResources,
  { decode, gate, policy }: StatusPorts,
): Promise<readonly Statement[]> {
  const onPolicies = gatePolicies.map(async ({ name, uid, document, status }): Promise<Statement> => {
    const said = gatePolicyConditions(name, await decode(document), gate());
    return { object: { kind: 'GatePolicy', namespace: '', name, uid }, said, status };
  });
  const current = policy();
  const onExceptions = current === undefined ? [] : gateExceptions;
  return [
    ...(await Promise.all(onPolicies)),
    ...onExceptions.map((exception): Statement => {
      const { namespace, name, uid } = exception.meta;
      const said = current === undefined ? [] : gateExceptionConditions(exception, current);
      return { object: { kind: 'GateException', namespace, name, uid }, said, status: exception.status };
    }),
  ];
}

/** What was written of each object and when: the view shows it a moment later. */
type Written = Map<string, { readonly text: string; readonly atMs: number }>;

const textOf = ({ said, status }: Statement): string => JSON.stringify([said, status.generation]);

/** Writes what is to be said and is not there yet. Rejects at the first write that fails. */
async function writeStatements(
  statements: readonly Statement[],
  written: Written,
  { time, now, write }: StatusPorts,
  term: AbortSignal,
): Promise<void> {
  let writes = 0;
  for (const statement of statements) {
    const { object, said, status } = statement;
    const conditions = conditionsFor(said, status, now());
    const known = written.get(object.uid);
    const text = textOf(statement);
    const isOnItsWay = known?.text === text && time.nowMs() - known.atMs < SETTLES_MS;
    if (conditions === undefined || isOnItsWay || term.aborted) continue;
    if (writes >= MOST_WRITES) return;
    writes += 1;
    await write(object, conditions, term);
    written.set(object.uid, { text, atMs: time.nowMs() });
  }
}

/** Forgets objects that are gone. */
function forgetOthers(written: Written, statements: readonly Statement[]): void {
  const present = new Set(statements.map(({ object }) => object.uid));
  for (const uid of [...written.keys()]) if (!present.has(uid)) written.delete(uid);
}

export function createStatusKeeper(ports: StatusPorts): StatusKeeper {
  let running: Promise<void> = Promise.resolve();

  const look = async (written: Written, term: AbortSignal): Promise<void> => {
    const resources = ports.resources();
    if (resources === undefined) return;
    const statements = await statementsOn(resources, ports);
    forgetOthers(written, statements);
    await writeStatements(statements, written, ports, term);
  };

  const keep = async (term: AbortSignal): Promise<void> => {
    const written: Written = new Map();
    while (!term.aborted) {
      let waitMs = EVERY_MS;
      try {
        await look(written, term);
      } catch (error) {
        waitMs = AFTER_FAILURE_MS;
        if (!term.aborted) ports.onError(error);
      }
      await pause(ports.time, waitMs, term);
    }
  };

  return {
    lead: term => {
      running = running.then(() => keep(term));
    },
    stopped: () => running,
  };
}
