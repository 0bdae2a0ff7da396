import type { Labels, Peer, PolicyPorts, Selector } from '../kube/types.ts';
import type { AddressSet } from '../net/addresses.ts';
import type { Dataplane } from './dataplane.ts';
import type { MeasuredEnforcement } from './enforcement.ts';

/** What a namespace does with a deny: nothing, record it, record and tell, refuse. */
export const MODES = ['off', 'audit', 'warn', 'enforce'] as const;
export type Mode = (typeof MODES)[number];

/** What happens to a server whose correct policy is absent. */
export const ABSENT_POLICIES = ['reject', 'hold', 'create'] as const;
export type AbsentPolicy = (typeof ABSENT_POLICIES)[number];

/** How much a finding weighs, heaviest first. `off`: the rule is not judged. */
export const LEVELS = ['deny', 'warn', 'off'] as const;
export type Level = (typeof LEVELS)[number];

/** Which rules deny and which warn, before single ones are overridden. */
export const PRESETS = ['baseline', 'restricted'] as const;
export type Preset = (typeof PRESETS)[number];

/** Versions of the rules: an upgrade never changes a verdict where one is pinned. */
export const RULESETS = ['v1'] as const;
export type Ruleset = (typeof RULESETS)[number];

/** Peers that a configuration lets in or out: a gateway, an allowed client, an allowed destination. */
export interface Grant {
  readonly name: string;
  readonly reason: string;
  /** Namespaces of servers that the grant is for. Empty: all. */
  readonly servesNamespaces: Selector;
  /** At least one, but for a destination with domains. `namespaces: 'own'` means the server's own namespace. */
  readonly peers: readonly Peer[];
  /** Of a destination: hosts outside by name, `*.` in front of one for those below it. Absent: none. */
  readonly domains?: readonly string[];
  readonly ports: PolicyPorts;
}

/** A class of addresses that servers must not reach. */
export const NETWORK_CLASSES = ['pods', 'services', 'nodes', 'controlPlane'] as const;
export type NetworkClass = (typeof NETWORK_CLASSES)[number];

/** A service that hands out credentials to pods. */
interface CredentialService {
  readonly cidr: string;
  /** Over TCP. */
  readonly port: number;
}

export interface ProtectedNetworks {
  /** Ranges of a class. `undefined`: not known; empty: there is none. */
  readonly classes: Readonly<Record<NetworkClass, AddressSet | undefined>>;
  /** Addresses that a live cluster shows of a class whose ranges are not known: there may be more. Without meaning where they are. */
  readonly seen: Readonly<Record<NetworkClass, AddressSet>>;
  /** Further protected addresses. */
  readonly extra: AddressSet;
  /** Where the ranges of unknown classes are assumed to lie. */
  readonly assumed: AddressSet;
  /** The metadata address in all of its forms and what the configuration adds: always protected. */
  readonly metadata: AddressSet;
  /** Where the configured provider hands out credentials to pods. Part of `linkLocal`; empty where no provider is configured. */
  readonly credentials: readonly CredentialService[];
  /**
   * The rest of link-local, and where no provider is configured the metadata addresses of each. Disjoint from `metadata`;
   * both together make fewer blocks than this alone, so excepts are best written for the union.
   */
  readonly linkLocal: AddressSet;
}

/** An exact, expiring exemption of one object from some rules. */
export interface Exception {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly rules: readonly string[];
  readonly reason: string;
  /** Last day on which it holds, inclusive, `YYYY-MM-DD` in UTC. */
  readonly expires: string;
}

/** What the people of a namespace may set aside by themselves, in one of the ways to ask for it. */
export interface ExceptionAllowance {
  /** Rule ids. One that guards cloud metadata is never set aside, though it stand here. */
  readonly rules: ReadonlySet<string>;
  /** How many days from the day of the judgement an exception may run at most, inclusive. */
  readonly longestDays: number;
}

/** Where routes may enter: what of Ingress and Gateway API leads to the MCP gateway. Empty lists: not known. */
export interface RouteEntrances {
  readonly ingressClasses: readonly string[];
  /** Gateways as `namespace/name`. */
  readonly gateways: readonly string[];
}

/** Who may lower the mode of a namespace: names compared exactly with those of the request (authentication.k8s.io/v1 UserInfo). */
export interface ModeChangers {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** As `namespace/name`. */
  readonly serviceAccounts: readonly string[];
}

/** When the stages of a rollout begin. Dates are `YYYY-MM-DD` in UTC. */
export type RolloutSchedule =
  | {
      readonly kind: 'days';
      /** First day of audit, inclusive, for whoever is seen until then; `undefined`: the day on which a namespace is first seen. */
      readonly start: string | undefined;
      /** At least 1. */
      readonly auditDays: number;
      /** 0: audit goes over into enforce. */
      readonly warnDays: number;
    }
  | {
      readonly kind: 'dates';
      /** First day of warn, before `enforceFrom`; `undefined`: audit goes over into enforce. */
      readonly warnFrom: string | undefined;
      /** First day of enforce. */
      readonly enforceFrom: string;
    };

/** What becomes of a namespace that is not ready at its date. */
export const AT_DATE = ['hold', 'enforce'] as const;

/** Who writes the label: the controller, or whoever is told which patch is due. */
export const ROLLOUT_APPLY = ['label', 'propose'] as const;

/** The timed way from audit to enforce of some namespaces. */
export interface Rollout {
  /** Unique among the rollouts of a policy. */
  readonly name: string;
  /** Namespaces that take part. Empty: all. */
  readonly namespaces: Selector;
  readonly schedule: RolloutSchedule;
  /** Before a namespace enforces, so many days in a row are to show no more findings than these. */
  readonly readyWhen: { readonly cleanDays: number; readonly openFindings: number };
  readonly atDate: (typeof AT_DATE)[number];
  readonly apply: (typeof ROLLOUT_APPLY)[number];
}

/** Addresses outside that servers may reach. */
export interface ReachedHost {
  readonly name: string;
  readonly addresses: AddressSet;
  /** TCP, 1 to 65535. */
  readonly ports: readonly number[];
}

/** Whether what is past the gateway is stopped, or only told. */
export const PERIMETER_PHASES = ['log', 'enforce'] as const;
export type PerimeterPhase = (typeof PERIMETER_PHASES)[number];

/** The network around the cluster. Nothing is judged by it. */
export interface Perimeter {
  readonly gateway: {
    /** DNS names in lower case. The first is the one that others are pointed at; empty: it has none. */
    readonly hosts: readonly string[];
    /** Not empty. */
    readonly addresses: AddressSet;
    /** Of HTTPS. */
    readonly port: number;
    /** Where its connections to servers come from. */
    readonly sources: AddressSet;
  };
  /** TCP ports that servers listen on, ascending. */
  readonly mcpPorts: readonly number[];
  readonly internalNetworks: AddressSet;
  /** `undefined`: agents may be anywhere. */
  readonly agentNetworks: AddressSet | undefined;
  /** `undefined`: where servers run is not known. */
  readonly serverNetworks: AddressSet | undefined;
  readonly allowedEgress: readonly ReachedHost[];
  /** Names of MCP services outside; names below them are meant too. */
  readonly mcpHosts: readonly string[];
  readonly phase: PerimeterPhase;
}

/** What a registry says of an approved server besides that. `deleted`: it is approved no more. */
export const ENTRY_STATUSES = ['active', 'deprecated', 'deleted'] as const;

interface RegistryState {
  readonly owner: string;
  /** That is approved; empty: any. */
  readonly version: string;
  readonly status: (typeof ENTRY_STATUSES)[number];
}

/** A server that is approved as an image. */
export interface RegistryEntry extends RegistryState {
  /** Image without tag and digest, compared exactly. */
  readonly image: string;
  /** `sha256:…`: an image of this content is approved wherever it is pulled from. Empty: any content under the name is. */
  readonly digest: string;
}

/** Where packages are published that servers are run from. */
export const PACKAGE_REGISTRIES = ['npm', 'pypi'] as const;

/** A server that is approved as a package, which npx, uvx and their like fetch and run. */
export interface RegistryPackage extends RegistryState {
  readonly from: (typeof PACKAGE_REGISTRIES)[number];
  /** As it is published: `@modelcontextprotocol/server-everything`. */
  readonly name: string;
}

/** An approved server that runs elsewhere. */
export interface RegistryRemote {
  /** A DNS name in lower case or an address, compared exactly. */
  readonly host: string;
  readonly port: number;
  readonly owner: string;
}

/** The approved servers that run in a cluster. */
export interface Registry {
  readonly servers: readonly RegistryEntry[];
  readonly packages: readonly RegistryPackage[];
}

/** How one kind of evidence is looked for; which strings mean MCP is data, not code. */
export interface Detection {
  /** Signal ids that are switched off. */
  readonly disabled: ReadonlySet<string>;
  /** Images, without tag and digest, that are MCP servers here. */
  readonly images: readonly string[];
  /** Whether `chokepoint.dev/mcp-server: "false"` takes a workload out. */
  readonly honourOptOut: boolean;
  readonly signals: readonly Signal[];
  /** What bears a strong signal but is no server: gateways, operators, inspectors, clients. */
  readonly notServers: readonly Signal[];
}

/**
 * Where a signal looks.
 * `called`: what the workload is called: its name, its `app` labels, its containers' names, the last part of their images, the program that they run.
 * `image`: repository with registry (`docker.io/mcp/fetch`), and copies of it in other registries; `image-name`: its last part alone.
 * `command`: a program or package that a container runs, found through shells, wrappers and runners; also with its first argument (`fastmcp run`).
 * `package`: only what npx, uvx and their like fetch and run; `install`: what pip, npm and their like install. `argument`: `--flag=value`, however it is written.
 * `env`: the variable's name. `served-name`: the workload's name where a container declares a port; `service-name`: that of a Service in front of it.
 */
export const SIGNAL_FIELDS = [
  'label',
  'annotation',
  'owner',
  'image',
  'image-name',
  'command',
  'package',
  'install',
  'argument',
  'env',
  'port-name',
  'port-number',
  'probe-path',
  'called',
  'served-name',
  'service-name',
  'namespace',
  'service-app-protocol',
  'service-label',
  'service-annotation',
  'service-port-name',
] as const;
export type SignalField = (typeof SIGNAL_FIELDS)[number];

/** How a signal's text is compared, without regard to case, `_` taken for `-`. `word`: whole words between separators (`-`, `.`, `/`, ends). */
export const SIGNAL_MATCHES = ['equals', 'prefix', 'suffix', 'word'] as const;
export type SignalMatch = (typeof SIGNAL_MATCHES)[number];

/** One strong signal makes a server `detected`; weak ones add up to `suspected`; a hint is too common to add up with other hints. */
export const SIGNAL_STRENGTHS = ['strong', 'weak', 'hint'] as const;
export type SignalStrength = (typeof SIGNAL_STRENGTHS)[number];

/** One piece of evidence, as data. */
export interface Signal {
  readonly id: string;
  /** Among `notServers`: how much it sets aside. */
  readonly strength: SignalStrength;
  readonly field: SignalField;
  /** Label or annotation key; owner as `group/Kind`, or `Kind` for any group; empty for other fields. */
  readonly key: string;
  readonly match: SignalMatch;
  /** Any of these. Empty: any value (the key's presence is enough). */
  readonly values: readonly string[];
  /** A sign of listening for MCP; among `notServers`: of something that listens alike and is no server. Absent: no. */
  readonly listens?: boolean;
  /** What a person reads as evidence: a clause without a full stop; what was found is added to it. */
  readonly says: string;
}

/** How a workload or a route of an input is known for a common gateway. Source: `policies/gateways.json`. */
export interface GatewayProduct {
  readonly name: string;
  /** Made for MCP: goes before gateways that are not. */
  readonly speaksMcp: boolean;
  /** Its documented pods in their usual namespaces. Empty: none are documented. */
  readonly peers: readonly Peer[];
  /** Last parts of an image's repository: `envoyproxy/envoy`. */
  readonly images: readonly string[];
  /** Last words of a workload's name. */
  readonly names: readonly string[];
  readonly ingressClasses: readonly string[];
  /** The pods of one Gateway; `$NAMESPACE` and `$NAME` stand for the Gateway's. `undefined`: no labels tell them apart. */
  readonly ofGateway: { readonly namespace: string; readonly labels: Labels } | undefined;
}

/** Who may reach servers over ingress. */
export type Gateways =
  /** From the configuration: nobody else is a gateway. */
  | { readonly kind: 'configured'; readonly grants: readonly Grant[] }
  /** None configured: the documented labels of the common gateways, and exact peers are assumed to be one. No policy is ever written for all of them. */
  | {
      readonly kind: 'assumed';
      readonly grants: readonly Grant[];
      readonly products: readonly GatewayProduct[];
    };

/** Whom a policy that is written admits as gateways: those of the configuration, or those that were seen where it names none; perhaps nobody. */
export interface WrittenGateways {
  readonly kind: 'configured' | 'seen';
  readonly grants: readonly Grant[];
}

/** A configuration by which policies can be written: it is settled who the gateways are. */
export type WritingPolicy = Omit<GatePolicy, 'gateways'> & { readonly gateways: WrittenGateways };

/** A GatePolicy document, validated, with the preset and the built-in data filled in: all that a judgement depends on besides the world. */
export interface GatePolicy {
  readonly name: string;
  readonly preset: Preset;
  readonly ruleset: Ruleset;
  /** The cloud, as the metadata addresses name it; `undefined`: not known. */
  readonly provider: string | undefined;
  /** What enforces the policies; `undefined`: not known, the wider of all readings holds. */
  readonly dataplane: Dataplane | undefined;
  /** What Cilium is where its policies alone show that it is there. No document sets it. */
  readonly cilium: Dataplane;
  /** What packets last showed of whether policies are enforced; `undefined`: nothing is known of it. No document sets it. */
  readonly enforcement: MeasuredEnforcement | undefined;
  /** Of namespaces without a label. */
  readonly mode: Mode;
  /** The strictest mode that any namespace has, whatever its label or `mode` says. No document sets it, the gate is started with it: `enforce` limits nothing. */
  readonly modeLimit: Mode;
  readonly absentPolicy: AbsentPolicy;
  /** The document names `absentPolicy` itself. Otherwise a gate without a controller rejects, since nobody would create a policy or lift a hold. */
  readonly isAbsentPolicyGiven: boolean;
  readonly gateways: Gateways;
  readonly allowedClients: readonly Grant[];
  /** Cluster DNS is among them, unless the document leaves it out. */
  readonly allowedDestinations: readonly Grant[];
  /** DNS of other distributions, while nothing says which this is: judged as allowed, never written. */
  readonly assumedDestinations: readonly Grant[];
  readonly protectedNetworks: ProtectedNetworks;
  /** Every rule id has one. */
  readonly levels: ReadonlyMap<string, Level>;
  readonly exceptions: readonly Exception[];
  /** `undefined`: annotations set nothing aside. */
  readonly exceptionsFromAnnotations: ExceptionAllowance | undefined;
  /** `undefined`: GateExceptions set nothing aside. */
  readonly exceptionsFromNamespaces: ExceptionAllowance | undefined;
  /** The day that it holds on, `YYYY-MM-DD` in UTC; `undefined`: not known, so that nothing with a last day that a namespace asks for counts. No document sets it. */
  readonly day: string | undefined;
  readonly routes: RouteEntrances;
  readonly detection: Detection;
  /** `undefined`: no registry; an empty list approves nothing. */
  readonly registry: Registry | undefined;
  /** Approved servers that run elsewhere. Nothing in a cluster is judged by them. */
  readonly remotes: readonly RegistryRemote[];
  /** Whether NetworkPolicies under review are completed by `/mutate`. */
  readonly completePolicies: boolean;
  /** Whether the controller keeps a guardrail, and Pods of servers get the label that it selects by. */
  readonly guardrail: boolean;
  /** `undefined`: not configured, so that who may is not known; empty lists: nobody may. */
  readonly modeChangers: ModeChangers | undefined;
  /** Of several that name a namespace the first holds. Empty: modes change by label and configuration alone. */
  readonly rollout: readonly Rollout[];
  /** `undefined`: nothing is known of the network around the cluster. */
  readonly perimeter: Perimeter | undefined;
}
