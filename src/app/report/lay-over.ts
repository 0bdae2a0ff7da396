import type { Namespace } from '../../core/kube/types.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import { buildWorld } from '../../core/world/build.ts';
import { namespacesOf } from '../../core/world/content.ts';
import { isForeign, isWorkload } from '../../core/world/object-kinds.ts';
import type { World } from '../../core/world/world.ts';
import type { DecodedInput, InputObject, ManifestIssue } from './check.ts';
import { refKey } from './check.ts';

type Objects = DecodedInput['objects'];

/** A cluster with the objects of files laid over it, as `kubectl apply` would leave it; nothing is ever deleted. */
export interface LaidOver {
  /** What the cluster holds in the namespaces that the files bear on. Its world is the whole of it. */
  readonly before: DecodedInput;
  /** The same with the files. */
  readonly after: DecodedInput;
  /** Objects of the files that are not in the cluster. */
  readonly created: number;
  /** Objects of the files that are. */
  readonly replaced: number;
}

/** Labels that others gave a Namespace stay when it is applied. Of what else an object has the files say all. */
function applied(one: InputObject, there: InputObject | undefined): InputObject {
  const { object } = one;
  if (object.kind !== 'Namespace' || there === undefined) return one;
  const labels = new Map([...there.object.meta.labels, ...object.meta.labels]);
  const namespace: Namespace = { ...(object as Namespace), meta: { ...object.meta, labels } };
  return { ...one, object: namespace };
}

/** What an operator is expected to write is nothing beside what it wrote. */
function chosenFrom(files: DecodedInput, there: Objects): Objects {
  return new Map(
    [...files.objects]
      .filter(([key, { object }]) => !('expectedFrom' in object && there.has(key)))
      .map(([key, one]) => [key, applied(one, there.get(key))]),
  );
}

/** Key of what the workload is judged through in a world, itself last; none where nothing made it. */
function makersOf({ object }: InputObject, world: World): readonly string[] {
  if (!isWorkload(object)) return [];
  const [, ...makers] = lineage(object, ownersIn(world.namespace(object.meta.namespace)));
  return makers.map(({ kind, meta }) => refKey({ kind, namespace: meta.namespace, name: meta.name }));
}

/** Pods and ReplicaSets of a workload that the files change go with its next rollout: what it makes of them is judged through it. */
function withoutFormer(all: Objects, there: DecodedInput, chosen: Objects, world: World): Objects {
  const isFormer = (key: string, one: InputObject): boolean =>
    !chosen.has(key) &&
    makersOf(one, there.world).some(maker => chosen.has(maker)) &&
    makersOf(one, world).length === 0;
  return new Map([...all].filter(([key, one]) => !isFormer(key, one)));
}

const worldOf = (objects: Objects): World => buildWorld([...objects.values()].map(({ object }) => object));

/** Names of the namespaces that objects bear on; `undefined`: all. */
function touchedBy(objects: Iterable<InputObject>): ReadonlySet<string> | undefined {
  const touched = new Set<string>();
  for (const { object } of objects) {
    if (isForeign(object) && object.scope === 'cluster') return undefined;
    for (const name of [...namespacesOf(object), object.meta.namespace]) touched.add(name);
  }
  return touched;
}

function within(objects: Objects, touched: ReadonlySet<string> | undefined): Objects {
  if (touched === undefined) return objects;
  return new Map(
    [...objects].filter(([, { object }]) =>
      [...namespacesOf(object), object.meta.namespace].some(name => touched.has(name)),
    ),
  );
}

/** What of a cluster cannot be read, and could change a verdict: there is no file to name, so the message names the object. */
const named = (issue: ManifestIssue): ManifestIssue => ({
  ...issue,
  message: `${issue.manifest.file}: ${issue.message}`,
  manifest: { ...issue.manifest, file: '' },
});

/** What stands in the cluster stands in no file. */
const withoutFiles = (objects: Objects): Objects =>
  new Map([...objects].map(([key, one]) => [key, { ...one, manifest: { ...one.manifest, file: '' } }]));

/**
 * Lays the objects of files over what a cluster holds. Where another API's policy shares a kind and a name with one of Kubernetes, each stays.
 * `cluster`: as it was read, every object once.
 */
export function layOver(cluster: DecodedInput, files: DecodedInput): LaidOver {
  const there = withoutFiles(cluster.objects);
  const chosen = chosenFrom(files, there);
  const touched = touchedBy([...chosen].flatMap(([key, one]) => [one, there.get(key) ?? one]));
  const all = new Map([...there, ...chosen]);
  const objects = withoutFormer(all, cluster, chosen, worldOf(all));
  const errors = cluster.issues.filter(({ severity }) => severity === 'error').map(named);
  const replaced = [...chosen.keys()].filter(key => there.has(key)).length;
  return {
    before: { ...cluster, objects: within(there, touched), issues: [] },
    after: {
      ...files,
      world: worldOf(objects),
      objects: within(objects, touched),
      issues: [...errors, ...files.issues],
      count: cluster.count + files.count,
    },
    created: chosen.size - replaced,
    replaced,
  };
}
