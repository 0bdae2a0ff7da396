import { createInFlight, type InFlight } from '../../src/app/admission/in-flight.ts';
import type { AdmissionPorts } from '../../src/app/admission/ports.ts';
import type { AdmissionResponse } from '../../src/app/admission/review.ts';
import type { Fields } from '../../src/core/kube/reading.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import type { World } from '../../src/core/world/world.ts';
import { decodeAll, gate, namespace, review, testPolicy } from './reviews.ts';

/** What to write in the place of the object of this kind and name; `undefined`: to delete it. */
export interface Write {
  readonly target: Fields;
  readonly object: Fields | undefined;
  readonly dryRun?: boolean;
}

/** A write that admission was asked about, with what was stored then. */
export interface Asked extends Write {
  readonly before: Fields | undefined;
  readonly response: AdmissionResponse;
}

export const create = (object: Fields): Write => ({ target: object, object });
export const remove = (target: Fields): Write => ({ target, object: undefined });

export interface LaggingCluster {
  /** Asks admission, by what is stored now. */
  ask(write: Write): Promise<Asked>;
  /** Stores what was let through, as the API server does: over the state that it showed to admission alone. */
  store(asked: Asked): void;
  isStored(target: Fields): boolean;
  /** The gate's view comes to show what is stored. */
  catchUp(): void;
  /** What is stored. */
  truth(): World;
  readonly inFlight: InFlight;
}

const metadataOf = (object: Fields): Fields => object.metadata as Fields;
const nameOf = (object: Fields): string => String(metadataOf(object).name);
const keyOf = (object: Fields): string => `${object.kind}/${nameOf(object)}`;
const whereOf = (object: Fields): string => (object.kind === 'ClusterNetworkPolicy' ? '' : 'prod');
const versionOf = (object: Fields | undefined): unknown => object && metadataOf(object).resourceVersion;
const withVersion = (object: Fields, resourceVersion: unknown): Fields => ({
  ...object,
  metadata: { ...metadataOf(object), resourceVersion },
});

function requestOf({ target, object, dryRun = false }: Write, before: Fields | undefined): Fields {
  const [version, group = ''] = String(target.apiVersion).split('/').reverse();
  return {
    kind: { group, version, kind: target.kind },
    operation: object === undefined ? 'DELETE' : before === undefined ? 'CREATE' : 'UPDATE',
    ...{ dryRun, namespace: whereOf(target), name: nameOf(target), oldObject: before },
    object: object && withVersion(object, versionOf(before)),
  };
}

/**
 * A namespace `prod` that enforces, whose objects the gate sees when it is told to, and Pods and NetworkPolicies of it past its view at once.
 * `deadlineMs`: of each review, by a clock that stands still; 20 if not given, which leaves no time to wait for anything.
 */
export function laggingCluster(
  stored: readonly Fields[],
  { deadlineMs = 20, ...ports }: Partial<AdmissionPorts> & { readonly deadlineMs?: number } = {},
): LaggingCluster {
  let version = 100;
  const objects = new Map<string, Fields>();
  const put = (object: Fields): void => {
    version += 1;
    objects.set(keyOf(object), withVersion(object, String(version)));
  };
  for (const object of [namespace(), ...stored]) put(object);
  const truth = (): World => buildWorld(decodeAll([...objects.values()]));
  let view = truth();
  const inFlight = createInFlight(ports.nowMs ?? (() => 0));
  const { validate } = gate(testPolicy(), view, async () => [...truth().namespace('prod').policies.values()], {
    world: () => ({ kind: 'ready', world: view }),
    confirmPods: async () => [...truth().namespace('prod').workloads.values()].filter(({ kind }) => kind === 'Pod'),
    inFlight,
    ...ports,
  });
  const targets = new Map<string, Fields>();
  return {
    inFlight,
    truth,
    isStored: target => objects.has(keyOf(target)),
    catchUp: () => {
      view = truth();
      for (const target of targets.values())
        inFlight.seen({ namespace: whereOf(target), name: nameOf(target) }, () => view);
    },
    ask: async write => {
      targets.set(keyOf(write.target), write.target);
      const before = objects.get(keyOf(write.target));
      const response = await validate(review('pod-create', requestOf(write, before)), deadlineMs);
      return { ...write, before, response };
    },
    store: ({ target, object, before }) => {
      if (versionOf(objects.get(keyOf(target))) !== versionOf(before)) return;
      if (object === undefined) objects.delete(keyOf(target));
      else put(object);
    },
  };
}
