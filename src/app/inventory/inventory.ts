import type { AppliedException, Evidence, OpenTraffic, Verdict } from '../../core/decision.ts';
import type { Mode } from '../../core/gate/types.ts';
import type { Problem } from '../../core/manifest.ts';
import type { Transport } from '../../core/mcp/transport.ts';

/** Whether the registry of approved servers holds it; `unknown`: there is no registry. The order is that of the inventory. */
export const REGISTRATIONS = ['unregistered', 'unknown', 'registered'] as const;
export type Registration = (typeof REGISTRATIONS)[number];

/** By what it was found: a label, a custom resource of an operator, an object that names it, signs on it, or a policy that is written for one. */
export type FoundBy = 'label' | 'operator' | 'reference' | 'signs' | 'policy';

/** Who answers for it. Labels, annotations and ownerReferences are what whoever applied it wrote. */
export interface InventoryOwner {
  /** `null`: nothing names one. */
  readonly team: string | null;
  /** Where the team stands: `registry`, `label team`, `annotation a8r.io/owner of Namespace shop`; empty where there is none. */
  readonly from: string;
  /** What made it: its controller, the Helm release, the application of Argo CD, the kustomization of Flux; empty: nothing says. */
  readonly madeBy: string;
}

export interface InventoryImage {
  readonly container: string;
  /** As it is written. */
  readonly image: string;
  /** `sha256:…` that is written, or that Pods run; several while a rollout is on its way. Empty: not known. */
  readonly digests: readonly string[];
}

/** One way in or out. */
export interface InventoryPeer extends OpenTraffic {
  /** In words, as `pods app=envoy in namespaces kubernetes.io/metadata.name=gateway`; `peers` and `ports` say the same as a set. */
  readonly who: string;
  /** `namespace/name` of the policy and the path in it, of one of another API its kind as well; empty: no policy says so. */
  readonly by: string;
}

export interface InventoryTraffic {
  /** Some policy isolates this direction. */
  readonly isolated: boolean;
  /** Empty: nobody, or nothing. */
  readonly open: readonly InventoryPeer[];
}

/** Whether the ways on which routes, or a proxy of its operator, lead to a server authenticate callers. */
export interface InventoryAuthentication {
  /** `yes`: every way. `no`: some way lets callers in unasked. `unknown`: some way cannot be judged, and none is surely open. `none`: no route or proxy leads to it. */
  readonly state: 'yes' | 'no' | 'unknown' | 'none';
  /** Objects and fields that ask, `SecurityPolicy shop/orders spec.jwt`, sorted, each once; on some ways at least. */
  readonly by: readonly string[];
  /** Ways on which nobody is asked, not everybody, or it is not known who, each with the reason, sorted; empty with `yes` and `none`. */
  readonly gaps: readonly string[];
}

/** Since when a server is there, RFC 3339, as the controller of the cluster remembers it. What it does not know is absent; in files all of it is. */
export interface InventoryDates {
  /** When it was seen for the first time. */
  readonly firstSeen?: string;
  /** Since when its namespace has its mode. */
  readonly modeSince?: string;
}

/** One MCP server. */
export interface InventoryServer extends InventoryDates {
  /** Context of the kubeconfig; empty: it stands in files. */
  readonly context: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** File that it stands in; empty in a cluster. */
  readonly file: string;
  readonly registration: Registration;
  readonly standing: 'declared' | 'detected' | 'suspected';
  readonly foundBy: FoundBy;
  readonly evidence: readonly Evidence[];
  readonly owner: InventoryOwner;
  readonly images: readonly InventoryImage[];
  readonly transport: Transport;
  /** `TCP 8080`, where it serves MCP; empty: not known, or stdio alone. */
  readonly ports: readonly string[];
  /** Services that lead to it, `Service shop/orders (LoadBalancer)`. */
  readonly services: readonly string[];
  /** Routes that lead to it, `HTTPRoute shop/orders through Gateway gateway/public`. */
  readonly routes: readonly string[];
  readonly authentication: InventoryAuthentication;
  readonly ingress: InventoryTraffic;
  readonly egress: InventoryTraffic;
  /** What may open or close more and is not judged, a sentence each. */
  readonly notJudged: readonly string[];
  readonly mode: Mode;
  /** Its namespace says so by a label; else the configuration does. */
  readonly modeByLabel: boolean;
  readonly exceptions: readonly (AppliedException & { readonly rule: string })[];
  readonly verdict: Verdict;
  /** Rules that it breaks, sorted, each once. */
  readonly denied: readonly string[];
  readonly warned: readonly string[];
}

/** What was looked through. */
export interface InventorySource {
  /** Empty: files. */
  readonly context: string;
  /** URL of the API server; empty for files. */
  readonly server: string;
  readonly policySource: string;
  /** The configuration, or the cluster's, has a list of approved servers. */
  readonly hasRegistry: boolean;
}

/** What `inventory` prints. All of it is visible text. */
export interface Inventory {
  readonly apiVersion: 'chokepoint.dev/v1alpha1';
  readonly kind: 'Inventory';
  /** The day that it is of, `YYYY-MM-DD` in UTC. */
  readonly day: string;
  readonly sources: readonly InventorySource[];
  readonly summary: Readonly<Record<'servers' | Registration | 'denied', number>>;
  /** Unregistered ones first; then by context, namespace, kind and name. */
  readonly servers: readonly InventoryServer[];
  readonly problems: readonly Problem[];
  /** Absent: nothing is compared with. */
  readonly changes?: InventoryChanges;
}

/** A server by its names. */
export type ServerName = Pick<InventoryServer, 'context' | 'namespace' | 'kind' | 'name'>;

/** A server that is not as it was. */
export interface ChangedServer extends ServerName {
  /** What is not as it was, each as `verdict: allow → deny`. */
  readonly fields: readonly string[];
  /** What it, or who, can reach now and could not, and the reverse, each as `from anyone: TCP 8080`. */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}

/** How an inventory differs from an older one. */
export interface InventoryChanges {
  /** Name of the older one. */
  readonly against: string;
  readonly added: readonly ServerName[];
  readonly gone: readonly ServerName[];
  readonly changed: readonly ChangedServer[];
}
