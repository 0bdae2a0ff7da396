import { podInterfaces } from './kube/pod-interfaces.ts';
import type { ContainerPort, Labels, ObjectRef, OwnerRef, Workload } from './kube/types.ts';
import { MCP_SERVER_LABEL } from './kube/well-known-labels.ts';
import { OWN_WORKLOADS, ownWorkload, toldKind } from './kube/workload-kinds.ts';
import { nameOf } from './world/refs.ts';
import type { NamespaceContent } from './world/world.ts';

/** What makes each of Kubernetes' own kinds; a Pod can be made by any other, and a custom resource makes any of these. So no chain of claims is ever a circle. */
const MAKERS: ReadonlyMap<string, string> = new Map([
  ['ReplicaSet', 'Deployment'],
  ['Job', 'CronJob'],
]);

/** How many controllers may stand above a workload of this kind: sorted by it, each comes after what made it. */
export const stepsFromOwner = ({ kind }: Pick<Workload, 'kind'>): number =>
  kind === 'Pod' ? 2 : MAKERS.has(kind) ? 1 : 0;

function canMake(owner: string, made: string): boolean {
  if (ownWorkload(made) === undefined) return false;
  if (ownWorkload(owner) === undefined) return true;
  return made === 'Pod' ? owner !== 'Pod' : MAKERS.get(made) === owner;
}

/** By `namespace/Kind/name`. */
export type Owners = Pick<ReadonlyMap<string, Workload>, 'get' | 'has'>;

/** The workloads of a namespace as owners. */
export function ownersIn({ name, workloads }: NamespaceContent): Owners {
  const get = (key: string): Workload | undefined =>
    key.startsWith(`${name}/`) ? workloads.get(key.slice(name.length + 1)) : undefined;
  return { get, has: key => get(key) !== undefined };
}

/** The group of an apiVersion; of the core group, the empty text. */
const groupOf = (apiVersion: string): string => apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));

/** Kind and name of an owner, as the workloads of its namespace are known by. */
export const claimKey = ({ apiVersion, kind, name }: Pick<OwnerRef, 'apiVersion' | 'kind' | 'name'>): string =>
  `${toldKind(groupOf(apiVersion), kind)}/${name}`;

const isOwn = ({ apiVersion, kind }: OwnerRef): boolean =>
  OWN_WORKLOADS.some(own => own.kind === kind && own.group === groupOf(apiVersion));

/** What stands above a kind and is what a person knows: its kind, and the label of what it makes that names it. */
const KNOWN_BY: ReadonlyMap<string, readonly [kind: string, label: string]> = new Map([
  ['Revision', ['Service.serving.knative.dev', 'serving.knative.dev/service']],
  ['Configuration', ['Service.serving.knative.dev', 'serving.knative.dev/service']],
]);

/**
 * The object by which a person knows a workload that others made, as far as ownerReferences and labels tell, which anyone can write; `undefined`: it is
 * known by itself.
 */
export function knownOwner(workload: Workload, owners: Owners): ObjectRef | undefined {
  let top = workload;
  for (let next = ownerOf(top, owners); next !== undefined; next = ownerOf(next, owners)) top = next;
  const { namespace } = top.meta;
  const claim = top.meta.owners.find(({ controller }) => controller);
  if (claim === undefined) return top === workload ? undefined : { kind: top.kind, namespace, name: nameOf(top) };
  const kind = toldKind(groupOf(claim.apiVersion), claim.kind);
  const [knownKind, label = ''] = KNOWN_BY.get(kind) ?? [];
  const name = top.meta.labels.get(label) ?? top.podLabels.get(label);
  return knownKind && name ? { kind: knownKind, namespace, name } : { kind, namespace, name: claim.name };
}

/**
 * Whether its controller is of a kind that is judged everywhere and is not there: it was seen before its controller was, or it is about to be
 * collected with it. Once either has come about, the same question has another answer.
 */
export function awaitsOwner({ kind, meta }: Workload, owners: Owners): boolean {
  const claim = meta.owners.find(({ controller }) => controller);
  if (claim === undefined || !isOwn(claim) || !canMake(claim.kind, kind)) return false;
  return !owners.has(`${meta.namespace}/${claimKey(claim)}`);
}

function ownerOf({ kind, meta }: Workload, owners: Owners): Workload | undefined {
  const claim = meta.owners.find(({ controller }) => controller);
  const owner = claim && owners.get(`${meta.namespace}/${claimKey(claim)}`);
  return owner && canMake(owner.kind, kind) ? owner : undefined;
}

/** Whether the workload is this one, or claims to be made by it, by one step or several. A claim is no proof: who makes it puts himself under its policy. */
export function isOwnedBy(workload: Workload, owner: Workload, owners: Owners): boolean {
  for (let next: Workload | undefined = workload; next !== undefined; next = ownerOf(next, owners)) {
    if (next.kind === owner.kind && next.meta.name === owner.meta.name) return true;
  }
  return false;
}

/**
 * An object as an ownerReference names it. The garbage collector looks an owner up by kind and name, and takes it for absent where the one that it finds
 * has another uid: neither alone is the object.
 */
const identity = (claimed: string, uid: string): string => `${claimed}#${uid}`;

/** Owners, each as the garbage collector identifies it; one without a uid is none that it knows. */
export const ownerIdentities = (owners: readonly OwnerRef[]): ReadonlySet<string> =>
  new Set(owners.filter(({ uid }) => uid !== '').map(owner => identity(claimKey(owner), owner.uid)));

/**
 * Whether the garbage collector deletes the workload too, once all of these owners ({@link ownerIdentities}) are gone: it is one of them, or each of its
 * own owners is, or is made by them, or is gone already. So does one that is being deleted.
 * Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/; `isDangling` of k8s.io/kubernetes/pkg/controller/garbagecollector.
 */
export function goesWith(workload: Workload, gone: ReadonlySet<string>, owners: Owners): boolean {
  const { kind, meta } = workload;
  if (meta.terminating || gone.has(identity(`${kind}/${nameOf(workload)}`, meta.uid))) return true;
  const goes = (claim: OwnerRef): boolean => {
    if (gone.has(identity(claimKey(claim), claim.uid))) return true;
    const owner = owners.get(`${meta.namespace}/${claimKey(claim)}`);
    return owner !== undefined && canMake(owner.kind, kind) && goesWith(owner, gone, owners);
  };
  return (
    meta.owners.length > 0 && (meta.owners.every(goes) || (meta.owners.length === 1 && awaitsOwner(workload, owners)))
  );
}

/** The template's labels are all on the pods, and what the pods have besides comes from the controllers, or is the label that a guardrail selects by. */
function isMadeFrom(labels: Labels, template: Labels, makers: readonly Workload[]): boolean {
  const isKept = [...template].every(([key, value]) => labels.get(key) === value);
  const isOurs = (key: string): boolean => key === MCP_SERVER_LABEL && labels.get(key) === 'true';
  const isAdded = (key: string): boolean =>
    isOurs(key) || makers.some(({ controllerLabels: { keys } }) => keys.has(key));
  return isKept && [...labels.keys()].every(key => template.has(key) || isAdded(key));
}

/** On the host's network every port is the host's, and the API server writes so into Pods, but not into templates. */
function programsOf({ containers, hostNetwork, nodeAccess, podAnnotations }: Workload): string {
  const portsOf = (ports: readonly ContainerPort[]) =>
    hostNetwork ? ports.map(port => ({ ...port, hostPort: 0 })) : ports;
  return JSON.stringify([
    containers.map(({ image, command, args, env, variables, ports }) => [
      image,
      command,
      args,
      env,
      variables,
      portsOf(ports),
    ]),
    nodeAccess.map(({ by, value }) => [by, value]),
    podInterfaces(podAnnotations),
  ]);
}

/**
 * Whether the workload is what its controller makes, and that controller is among `owners`: the decision on the controller is then the
 * decision on it. Anyone can write an ownerReference, so one that differs from its owner in labels, programs, interfaces or
 * access to the node is judged by itself.
 */
export function isJudgedThroughOwner(workload: Workload, owners: Owners): boolean {
  return makerOf(workload, owners) !== undefined;
}

/** The workload and the controllers that made it as it is, from the nearest on. A claim alone is not enough. */
export function lineage(workload: Workload, owners: Owners): readonly [Workload, ...Workload[]] {
  const chain: [Workload, ...Workload[]] = [workload];
  for (let next = makerOf(workload, owners); next !== undefined; next = makerOf(next, owners)) chain.push(next);
  return chain;
}

/** The controller among `owners` that made the workload as it is: claimed by it, and alike in labels, programs, interfaces and access to the node. */
export function makerOf(workload: Workload, owners: Owners): Workload | undefined {
  const owner = ownerOf(workload, owners);
  if (owner === undefined) return undefined;
  // The pods of a Deployment's ReplicaSet carry the Deployment's hash.
  const makers = [owner, ownerOf(owner, owners) ?? owner];
  const isSame = owner.hostNetwork === workload.hostNetwork && programsOf(owner) === programsOf(workload);
  return isSame && isMadeFrom(workload.podLabels, owner.podLabels, makers) ? owner : undefined;
}
