import type { AddressSet } from '../net/addresses.ts';
import type { Cidr } from '../net/cidr.ts';
import type { Protocol } from '../net/ports.ts';
import type { CalicoNetworkSet, CalicoPolicy, CalicoTier } from './calico.ts';
import type { CiliumCidrGroup } from './cilium.ts';
import type { Control, Delegation, GatewayFact } from './gateway-fact.ts';
import type { NodeAccess } from './node-access.ts';
import type { ServiceName } from './service-host.ts';
import type { PlacedPolicy } from './tiers.ts';

/** Labels or annotations. Keys are strangers' strings (`constructor` is a legal label key), hence a Map. */
export type Labels = ReadonlyMap<string, string>;

/** Which object, as users name it. */
export interface ObjectRef {
  readonly kind: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/** One requirement of a label selector. `NotIn` and `DoesNotExist` match objects that lack the key (apimachinery labels.Requirement). */
export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /** Not empty for In and NotIn; empty for the others. */
  readonly values: ReadonlySet<string>;
}

/** A label selector: every requirement must hold. Empty: everything. */
export type Selector = readonly Requirement[];

/** A claim on an object (metadata.ownerReferences): the garbage collector deletes it when all of its owners are gone. Users can write it: no proof of anything. */
export interface OwnerRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Empty where a manifest leaves it out: the API server would refuse it. */
  readonly uid: string;
  readonly controller: boolean;
}

/** What every decoded object carries. */
export interface Meta {
  readonly namespace: string;
  /** Empty where only `generateName` is set, as in the mutating phase of a CREATE. */
  readonly name: string;
  readonly generateName: string;
  readonly uid: string;
  /** Of the state that was read. Later ones are greater as decimal numbers (KEP-5504). Empty where the object does not say, as a manifest does not. */
  readonly resourceVersion: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly owners: readonly OwnerRef[];
  /** metadata.deletionTimestamp is set. */
  readonly terminating: boolean;
  /** How many values the object has: of one with more than MAX_OBJECT_VALUES only the outline is kept, and nothing that it bears on can be judged. */
  readonly size: number;
}

/** One NetworkPolicyPort. Absent protocol is TCP; absent port is every port of that protocol. */
export type PolicyPort =
  | { readonly kind: 'all'; readonly protocol: Protocol }
  /** `first` to `last`, both inclusive; equal where `endPort` is absent. */
  | { readonly kind: 'range'; readonly protocol: Protocol; readonly first: number; readonly last: number }
  | { readonly kind: 'named'; readonly protocol: Protocol; readonly name: string };

/** Absent or empty `ports`: any port of any protocol. */
export type PolicyPorts =
  | { readonly kind: 'any' }
  | { readonly kind: 'only'; readonly ports: readonly [PolicyPort, ...PolicyPort[]] };

/** Pods by labels. `namespaces: 'own'` is a peer without namespaceSelector: pods of the policy's own namespace. */
export interface PodPeer {
  readonly kind: 'pods';
  readonly path: string;
  readonly namespaces: 'own' | Selector;
  readonly pods: Selector;
}

/** Addresses. */
export interface BlockPeer {
  readonly kind: 'block';
  readonly path: string;
  readonly cidr: Cidr;
  readonly except: readonly Cidr[];
  /** The block less its excepts, as the specification and Go read the text; unreadable text is everything, or no except. */
  readonly specified: AddressSet;
  /** The same, where each ambiguous text is read by the dataplane that opens most. Never smaller than `specified`. */
  readonly worst: AddressSet;
}

export type Peer = PodPeer | BlockPeer;

/** Absent or empty `from`/`to`: any peer, inside the cluster and outside. */
export type Peers = { readonly kind: 'any' } | { readonly kind: 'only'; readonly peers: readonly [Peer, ...Peer[]] };

/** One ingress or egress rule. */
export interface PolicyRule {
  /** Field path inside the policy: `spec.egress[1]`. */
  readonly path: string;
  readonly peers: Peers;
  readonly ports: PolicyPorts;
}

/** What a policy does to one direction: nothing at all, or isolate and allow what the rules say (no rules: nothing). */
export type DirectionRules =
  | { readonly isolates: false }
  | { readonly isolates: true; readonly rules: readonly PolicyRule[] };

export type Direction = 'ingress' | 'egress';

/** networking.k8s.io/v1 NetworkPolicy, with the API server's defaulting applied. */
export interface NetworkPolicy {
  readonly kind: 'NetworkPolicy';
  readonly meta: Meta;
  readonly podSelector: Selector;
  readonly ingress: DirectionRules;
  readonly egress: DirectionRules;
  /**
   * Field managers of its spec (metadata.managedFields), sorted, each once. Empty where the object does not say, as a manifest does not.
   * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
   */
  readonly specManagers: readonly string[];
  /** Parts could not be read (see the issues that decoding gave): what it allows may be more than is written here. */
  readonly incomplete: boolean;
  /** It is not there: an operator will write it. Absent: it is an object of its own. */
  readonly expectedFrom?: ExpectedFrom;
}

/** v1 Namespace. `kubernetes.io/metadata.name` is always among the labels and always the name: the API server forces it. */
export interface Namespace {
  readonly kind: 'Namespace';
  readonly meta: Meta;
}

export interface ContainerPort {
  /** Empty where absent. */
  readonly name: string;
  readonly number: number;
  readonly protocol: Protocol;
  /** 0 where absent. */
  readonly hostPort: number;
}

export interface HttpProbe {
  /** Field of the container: `livenessProbe`, `readinessProbe`, `startupProbe`. */
  readonly field: string;
  /** `httpGet.path`. */
  readonly path: string;
}

/** An environment variable and its literal value; of one that is longer than 128 KiB, one character more than that. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** Names of environment variables. */
  readonly env: readonly string[];
  /** Variables with a literal value that a command line, or another of them, refers to: values of no others are kept. In order; never logged. */
  readonly variables: readonly Variable[];
  readonly ports: readonly ContainerPort[];
  /** Liveness, readiness and startup probes over HTTP that name a path. */
  readonly probes: readonly HttpProbe[];
  /** Field path of the container inside the object: `spec.template.spec.containers[0]`. */
  readonly path: string;
  /** `sidecar`: an init container that keeps running (`restartPolicy: Always`, KEP-753). */
  readonly role: 'container' | 'init' | 'sidecar' | 'ephemeral';
}

/** Labels of pods that are not, or not only, what their template says. */
export interface ControllerLabels {
  /** Keys that a controller sets to a value that follows from the object: they are among the pods' labels, and never open. */
  readonly fixed: ReadonlySet<string>;
  /** Keys that a controller sets to anything, whatever the template says, or leaves out. */
  readonly keys: ReadonlySet<string>;
  /** Beginnings of such keys: which of them are set is not known. */
  readonly prefixes: readonly string[];
  /** Keys that may be set to anything where the template has none. */
  readonly defaults: ReadonlySet<string>;
  /** Any other label may be set where the template has none. */
  readonly anyOther: boolean;
}

/** An object that an operator will write, as far as the resource tells that it is made from. */
export interface ExpectedFrom {
  readonly owner: ObjectRef;
  /** Field paths of the object by the field of the owner that they are made from; the first that fits counts. */
  readonly fields: readonly (readonly [path: string, field: string])[];
}

/** The operator that makes an MCP server's pods of a custom resource. */
interface OperatedBy {
  readonly name: string;
  /** Fields of the resource that its NetworkPolicy is made from; `undefined`: it writes none. */
  readonly policyFields: Readonly<Record<Direction, string>> | undefined;
  /** Pods of the namespace that the operator itself puts before these. */
  readonly reachedFrom: Labels | undefined;
  /** Pods of the namespace that the operator itself puts behind these. */
  readonly reaches: Labels | undefined;
  /** What these pods ask of callers; `undefined`: they are none that do, or it is not known. */
  readonly callers: GatewayFact | undefined;
}

/** A Pod, or an object that holds a pod template. */
export interface Workload {
  /** As it is told: with its group where one of Kubernetes' own kinds is called so too, as kubectl takes it (`Service.serving.knative.dev`). */
  readonly kind: string;
  readonly meta: Meta;
  /** Which of the pod templates of its object it is (`leader` of a LeaderWorkerSet, a task of a Job of Volcano); empty where the object has one. */
  readonly part: string;
  /** Labels of the pods: of the Pod itself, or of its template. */
  readonly podLabels: Labels;
  readonly podAnnotations: Labels;
  readonly controllerLabels: ControllerLabels;
  /** Field of the object that says which NetworkPolicy its controller writes for the pods, if it does and that policy is not known here. */
  readonly ownPolicy: string | undefined;
  /** The object is an MCP server by its kind, and its operator makes the pods. */
  readonly operator: OperatedBy | undefined;
  readonly hostNetwork: boolean;
  /** In no particular order. Of nearly every Pod the one empty list. */
  readonly nodeAccess: readonly NodeAccess[];
  readonly containers: readonly Container[];
  readonly schedulingGates: readonly string[];
  /** spec.nodeName of a Pod; empty where absent. */
  readonly nodeName: string;
  /** spec.serviceAccountName, by its old name too; `default` where absent. */
  readonly serviceAccount: string;
  /** spec.selector of a workload as matchLabels, where it has one: the labels that surely stay. */
  readonly selectorLabels: Labels;
  /** status.podIPs of a Pod, as text; empty for templates. */
  readonly podIPs: readonly string[];
  /** status.hostIPs of a Pod in canonical text: the addresses of the node that it runs on; empty for templates, and before it has started. */
  readonly hostIPs: readonly string[];
  /** Field path of the pod spec: `spec` or `spec.template.spec`. */
  readonly podSpecPath: string;
  /** Field path of the pod's labels: `metadata.labels` or `spec.template.metadata.labels`. */
  readonly podLabelsPath: string;
}

export interface ServicePort {
  readonly name: string;
  readonly number: number;
  readonly nodePort: number;
  readonly protocol: Protocol;
  /** Empty where absent. */
  readonly appProtocol: string;
  /** Number, name, or 0 where absent (then it is `number`). */
  readonly targetPort: number | string;
}

/** v1 Service. */
export interface Service {
  readonly kind: 'Service';
  readonly meta: Meta;
  readonly type: string;
  /** spec.selector; `undefined` where absent or empty: such a Service selects no pods by itself. */
  readonly selector: Labels | undefined;
  readonly ports: readonly ServicePort[];
  /** The Service that spec.externalName stands for, of a Service of type ExternalName; `undefined` where it is another host, and of other types. */
  readonly aliasOf: ServiceName | undefined;
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  /** As of a NetworkPolicy. */
  readonly expectedFrom?: ExpectedFrom;
}

/** Endpoints of a Service that somebody writes by hand, or a controller for him: discovery.k8s.io/v1 EndpointSlice, v1 Endpoints. */
export interface Endpoints {
  readonly kind: 'EndpointSlice' | 'Endpoints';
  readonly meta: Meta;
  /** Name of the Service of its namespace; empty where the slice names none. */
  readonly service: string;
  /** Canonical text. What is no address is left out. */
  readonly addresses: readonly string[];
  /** Pods that `targetRef` names. */
  readonly pods: readonly ServiceName[];
}

/** Something that publishes Services (Ingress, HTTPRoute and its siblings, routes of other APIs), or that such routes send traffic to. */
export interface Route {
  readonly kind: string;
  /** API group: by it and the kind policies attach to it. */
  readonly group: string;
  readonly meta: Meta;
  /** What the traffic passes through: an ingress class, or Gateways by namespace/name. Empty: it publishes nothing by itself. */
  readonly through: readonly RouteParent[];
  /** What it sends traffic to. */
  readonly backends: readonly RouteBackend[];
  /** Other routes may send traffic to it, by its kind and name. */
  readonly isBackend: boolean;
  /** What it sends to is an MCP server, it says. Absent: it says nothing of that. */
  readonly isMcp?: boolean;
  /** Entry points of Traefik that it is at. Absent: it names none, and is at all of them. */
  readonly entryPoints?: readonly string[];
  /** What it asks of callers itself: by annotations, filters, middlewares, or fields of its own. Absent: nothing. */
  readonly asks?: RouteAsks;
}

/** What a route asks of callers. */
export interface RouteAsks {
  readonly controls: readonly Control[];
  readonly delegations: readonly Delegation[];
  /** Names of its rules, by their paths: `spec.rules[0]`. A rule without a name is left out. */
  readonly rules: ReadonlyMap<string, string>;
}

export interface RouteParent {
  readonly path: string;
  /** `Controller`: whichever controller reads routes of its kind: none can be told from another. */
  readonly kind: 'IngressClass' | 'Gateway' | 'Service' | 'Controller' | 'other';
  /** Empty for an ingress class. */
  readonly namespace: string;
  /** Empty where an Ingress names no class: the cluster's default class. */
  readonly name: string;
  /** Of a Gateway or a set of listeners: the listener; absent: all of them. */
  readonly section?: string;
  /** Of a Gateway, or of another parent: what it is. Absent: as {@link kind} says. */
  readonly object?: { readonly group: string; readonly kind: string };
}

export interface RouteBackend {
  readonly path: string;
  /** `Service`, or the kind of a route that others send to. */
  readonly kind: string;
  readonly namespace: string;
  /** Empty where {@link selects} says which. */
  readonly name: string;
  /** How a ReferenceGrant of its namespace must call it to let the route refer to it. Absent: none is needed, as in the route's own namespace. */
  readonly grantedAs?: { readonly group: string; readonly kind: string };
  /** Services of the namespace with these labels, as far as a port of theirs says that it speaks MCP. Absent: the one of the name. */
  readonly selects?: Selector;
  /** Of a route that names MCP servers: this is none by that, whatever else it is. */
  readonly isPlain?: true;
}

/** A policy of an API above, below or beside NetworkPolicy: where nothing is read of what it says, its presence alone makes verdicts undetermined where it may select. */
export interface ForeignPolicy {
  readonly kind: string;
  readonly apiVersion: string;
  readonly meta: Meta;
  /** Where it applies: one namespace, or the whole cluster. */
  readonly scope: 'namespace' | 'cluster';
  /** Directions in which it may allow or deny anything; empty: it changes nothing. */
  readonly directions: readonly Direction[];
  /** Pods that it selects; `undefined` where this is not known: it may select every pod in scope. */
  readonly podSelector: Selector | undefined;
  /** Namespaces that it selects; `undefined`: every namespace in scope. */
  readonly namespaceSelector: Selector | undefined;
  /** What it says; `undefined`: its API is not judged, or it is {@link incomplete}. */
  readonly says: readonly PlacedPolicy[] | undefined;
  /** Of Calico: what it says, which its tiers and sets of networks give a meaning. `says` is then absent. */
  readonly calico?: CalicoPolicy;
  /** It is of an API that is judged, and parts could not be read (see the issues that decoding gave). */
  readonly incomplete: boolean;
  /** It is no object: it stands for all of its kind, and this is why they could not be listed. */
  readonly unlisted?: string;
  /** As of a {@link NetworkPolicy}. Absent: the object does not say. */
  readonly specManagers?: readonly string[];
}

/** v1 Node. */
export interface Node {
  readonly kind: 'Node';
  readonly meta: Meta;
  /** Its addresses (status.addresses) in canonical text. Names of hosts are left out. */
  readonly nodeAddresses: readonly string[];
  /** Those of type InternalIP. */
  readonly internalAddresses: readonly string[];
}

/** A GateException of chokepoint.dev: findings on one object of its namespace are to be set aside, as far as the GatePolicy lets it. */
export interface GateException {
  readonly kind: 'GateException';
  readonly meta: Meta;
  /** What the findings are about, or what is at fault, by exact kind and name. */
  readonly target: { readonly kind: string; readonly name: string };
  /** Ids of rules as they are written. */
  readonly rules: readonly string[];
  readonly reason: string;
  /** Last day on which it holds, inclusive, `YYYY-MM-DD` in UTC. */
  readonly expires: string;
  /** Parts could not be read: it sets nothing aside. */
  readonly incomplete: boolean;
  /** What its status says: of a manifest, nothing. */
  readonly status: ResourceStatus;
}

/** One condition of an object's status (meta/v1 Condition). What is absent is empty, or 0. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

/** The status that our own kinds have, and the generation of the spec beside it. */
export interface ResourceStatus {
  /** metadata.generation; 0 where the object does not say. */
  readonly generation: number;
  readonly conditions: readonly Condition[];
}

/** Everything that the judge looks at. */
export type KubeObject =
  | NetworkPolicy
  | Namespace
  | Workload
  | Service
  | Endpoints
  | Route
  | ForeignPolicy
  | CalicoTier
  | CalicoNetworkSet
  | CiliumCidrGroup
  | GatewayFact
  | Node
  | GateException;
