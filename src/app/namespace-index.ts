import { selectorOf } from '../core/kube/selector.ts';
import type { KubeObject, NetworkPolicy, Service, Workload } from '../core/kube/types.ts';
import { lazily } from '../core/lazily.ts';
import { createStackMates } from '../core/mcp/stack.ts';
import { podLabelsOf } from '../core/netpol/selects.ts';
import { createSelectorIndex, labelKeys, pivotOf, type SelectorIndex } from '../core/selector-index.ts';
import { contentWith } from '../core/world/content.ts';
import { objectKey } from '../core/world/refs.ts';
import type { NamespaceContent, World } from '../core/world/world.ts';

/**
 * A namespace in which what bears on one of its workloads is found without a look at the rest. Whoever judges each of a thousand workloads in
 * the whole namespace looks at a million pairs.
 */
export interface NamespaceIndex {
  /** What the judge looks at for these workloads, and perhaps more: it decides on them as in the whole. */
  sightFor(workloads: Iterable<Workload>): Sight;
  /** The world of {@link sightFor}. */
  worldFor(workloads: Iterable<Workload>): World;
  /** Every workload that one of the policies may select, and perhaps more. */
  selectedBy(policies: Iterable<NetworkPolicy>): readonly Workload[];
  hasPolicy(name: string): boolean;
  /** Puts a policy in, in place of one of its name. */
  put(policy: NetworkPolicy): void;
}

/** What bears on some workloads of a namespace. */
export interface Sight {
  /** The policies, the workloads and the Services, each in their order. */
  readonly near: readonly KubeObject[];
  /** Stands for all else of the namespace, see {@link Surroundings.beside}. */
  readonly beside: object;
  /** The world in which this is seen, the whole namespace in it. */
  readonly outside: World;
  /** The same with these alone in their namespace. */
  world(): World;
}

/** Tells what surrounds workloads, so that what is the same as in an index made before is told by the same object. */
export interface Surroundings {
  /** Stands for all of a content that is neither policy, workload nor Service. */
  beside(content: NamespaceContent): object;
  /** Stands for the workloads and Services near one workload of a content, with these things beside them, see {@link NamespaceContent.surroundings}. */
  around(workload: Workload | undefined, near: readonly (Workload | Service)[], beside: object): object;
}

/** Of an index that knows of none before it. */
const NEW_SURROUNDINGS: Surroundings = { beside: () => ({}), around: () => ({}) };

/** Workloads by each of the labels of their pods. */
function byLabels(workloads: Iterable<Workload>): ReadonlyMap<string, readonly Workload[]> {
  const found = new Map<string, Workload[]>();
  for (const workload of workloads) {
    for (const label of labelKeys(workload.podLabels)) {
      const bearing = found.get(label);
      if (bearing) bearing.push(workload);
      else found.set(label, [workload]);
    }
  }
  return found;
}

/** Workloads whose pods may get any value of a label yet, by its key. */
function workloadsOpenAt(workloads: NamespaceContent['workloads']): (key: string) => readonly Workload[] {
  const labelled = lazily(() => [...workloads.values()].map(workload => [workload, podLabelsOf(workload)] as const));
  const byKey = new Map<string, readonly Workload[]>();
  return key => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const open = labelled().flatMap(([workload, labels]) => (labels.open.has(key) ? [workload] : []));
    byKey.set(key, open);
    return open;
  };
}

/** Adds the workloads by which others may turn out to bear the name of a stack: then all are in the order of the namespace. */
function withMates(
  workloads: ReadonlyMap<string, Workload>,
  mates: readonly Workload[],
  placeOf: (workload: Workload) => number,
): ReadonlyMap<string, Workload> {
  if (mates.length === 0) return workloads;
  const all = [...new Set([...workloads.values(), ...mates])];
  return new Map(all.sort((one, other) => placeOf(one) - placeOf(other)).map(one => [objectKey(one), one]));
}

/** The workloads with the controllers that they claim, as far as the namespace holds them. */
function withOwners(workloads: Iterable<Workload>, content: NamespaceContent): ReadonlyMap<string, Workload> {
  const found = new Map<string, Workload>();
  const add = (workload: Workload): void => {
    if (found.has(objectKey(workload))) return;
    found.set(objectKey(workload), workload);
    const claim = workload.meta.owners.find(({ controller }) => controller);
    const owner = claim && content.workloads.get(`${claim.kind}/${claim.name}`);
    if (owner) add(owner);
  };
  for (const workload of workloads) add(workload);
  return found;
}

function servicesOf({ services }: NamespaceContent, count: (label: string) => number): SelectorIndex<Service> {
  const index = createSelectorIndex<Service>(count);
  for (const [key, service] of services) {
    if (service.selector !== undefined) index.put(key, service, selectorOf(service.selector));
  }
  return index;
}

/** Services that may lead to any workload, whatever its labels: others write their endpoints, or they are another name of a Service. */
function servicesOfAll({ services, endpoints }: NamespaceContent): readonly (readonly [string, Service])[] {
  const byHand = new Set([...endpoints.values()].map(({ service }) => service));
  return [...services].filter(([, { selector, meta }]) => selector === undefined || byHand.has(meta.name));
}

/** The index of a namespace as the world has it. Costs what the namespace holds. */
export function indexNamespace(
  world: World,
  namespace: string,
  surroundings: Surroundings = NEW_SURROUNDINGS,
): NamespaceIndex {
  const content = world.namespace(namespace);
  const bearing = byLabels(content.workloads.values());
  const count = (label: string): number => bearing.get(label)?.length ?? 0;
  const policies = createSelectorIndex<NetworkPolicy>(count);
  const put = (policy: NetworkPolicy): void => policies.put(objectKey(policy), policy, policy.podSelector);
  for (const policy of content.policies.values()) put(policy);
  const services = servicesOf(content, count);
  const ofAll = servicesOfAll(content);
  const openAt = workloadsOpenAt(content.workloads);
  const mates = lazily(() => createStackMates(content.workloads.values()));
  const places = lazily(() => new Map([...content.workloads.values()].map((workload, place) => [workload, place])));
  // What is written by hand may lead to the controllers of these.
  const published = content.publishedPods(world).map(({ pod }) => pod);
  const beside = surroundings.beside(content);
  const sightFor = (subjects: Iterable<Workload>): Sight => {
    const own = withOwners(subjects, content);
    const workloads = withMates(
      withOwners([...own.values(), ...published], content),
      [...own.values()].flatMap(workload => mates()(workload)),
      workload => places().get(workload) ?? -1,
    );
    const [first] = own.values();
    const labels = [...workloads.values()].map(podLabelsOf);
    const near = {
      policies: policies.candidates(labels),
      services: new Map([...services.candidates(labels), ...ofAll]),
    };
    const others = [...workloads.values(), ...near.services.values()];
    const narrow = (): NamespaceContent =>
      contentWith(content, { ...near, workloads, surroundings: surroundings.around(first, others, beside) });
    return {
      near: [...near.policies.values(), ...others],
      beside,
      outside: world,
      world: () => {
        const shown = narrow();
        return { ...world, namespace: name => (name === namespace ? shown : world.namespace(name)) };
      },
    };
  };

  return {
    hasPolicy: name => policies.has(`NetworkPolicy/${name}`),
    put,
    selectedBy: selecting => {
      const found = new Set<Workload>();
      for (const { podSelector } of selecting) {
        const pivot = pivotOf(podSelector, count);
        const chosen = pivot
          ? [...pivot.labels.flatMap(label => bearing.get(label) ?? []), ...openAt(pivot.key)]
          : content.workloads.values();
        for (const workload of chosen) found.add(workload);
      }
      return [...found];
    },
    sightFor,
    worldFor: subjects => sightFor(subjects).world(),
  };
}
