import type { Meta, ObjectRef, Selector } from './types.ts';

/** What a gateway may do about its callers: ask who they are, rule who may do what, write down what they did. */
export type Aspect = 'authentication' | 'authorization' | 'log';

/**
 * `required`: no request passes without it. `optional`: it is tried, and a request that brings nothing, or cannot be checked, passes all the same.
 * `none`: the object says that it is not done. `unknown`: what the object says is not judged, or cannot be read.
 */
export type Demand = 'required' | 'optional' | 'none' | 'unknown';

/** One thing that an object says about callers. */
export interface Control {
  readonly aspect: Aspect;
  /** The part of a policy that another policy replaces or keeps as a whole: `jwt`, `extAuth`. */
  readonly by: string;
  readonly demand: Demand;
  readonly path: string;
  /** A clause without a full stop: `a request without a token passes (spec.jwt.optional)`. */
  readonly says: string;
  /** `any`: one of its kind that a request passes suffices, as of several ways to sign in. `all`: it must be passed whatever the others say. */
  readonly joined: 'all' | 'any';
  /** Path of the rule of a route that it is for; empty: the whole object. */
  readonly within: string;
}

/** Another object, by its full name. */
export interface NamedObject {
  readonly group: string;
  readonly kind: string;
  /** Empty for objects of the cluster. */
  readonly namespace: string;
  readonly name: string;
}

/** A control that another object describes: a middleware, an extension. */
export interface Delegation {
  readonly by: string;
  readonly path: string;
  readonly within: string;
  readonly to: NamedObject;
}

/** What a policy attaches to. */
export interface Target {
  readonly group: string;
  readonly kind: string;
  /** By its name, or by its labels. */
  readonly which: { readonly name: string } | { readonly labels: Selector };
  /** Listener of a Gateway, rule of a route; empty: all of it. */
  readonly section: string;
  /** `own`: the policy's namespace; `any`: other ones too. */
  readonly namespaces: 'own' | 'any';
}

/**
 * Gateways and policies that belong together: a policy takes effect on gateways of its own family. `kgateway-agentgateway`: agentgateway as kgateway runs
 * it, with the policies of both. `nginx`: of `ingress-nginx` and `f5-nginx` either, which call their class alike. `other`: whose are not judged.
 */
export type Family =
  | 'envoy-gateway'
  | 'agentgateway'
  | 'kgateway-agentgateway'
  | 'kgateway'
  | 'kuadrant'
  | 'istio'
  | 'ingress-nginx'
  | 'f5-nginx'
  | 'nginx'
  | 'traefik'
  | 'toolhive'
  | 'other';

/**
 * What becomes of a policy beside a wider one of its kind. `replace`: the narrower one counts alone; `merge`: it is laid over the next wider one;
 * `fields`: of each part the narrowest counts; `fields-override`: its own parts count whatever narrower ones say; `union`: all count. Kuadrant's four are said by the wider one: whether it yields or not, as a whole or
 * rule by rule.
 */
export type Merge =
  | 'replace'
  | 'merge'
  | 'fields'
  | 'fields-override'
  | 'union'
  | 'atomic-defaults'
  | 'atomic-overrides'
  | 'merged-defaults'
  | 'merged-overrides';

/** What a ReferenceGrant lets refer to what of its namespace. The core group is empty. */
export interface ReferencePermit {
  readonly from: { readonly group: string; readonly kind: string; readonly namespace: string };
  /** `name` empty: all of the kind. */
  readonly to: { readonly group: string; readonly kind: string; readonly name: string };
}

/** A listener of a Gateway. */
export interface Listener {
  readonly name: string;
  /** Routes of the Gateway's own namespace alone attach to it. */
  readonly ownNamespaceOnly: boolean;
}

/** An object of a gateway's API, as far as it bears on where requests may go, and on whether callers are known, allowed and logged. */
export interface GatewayFact {
  readonly kind: string;
  readonly group: string;
  readonly meta: Meta;
  readonly family: Family;
  /** Empty: it attaches to nothing, others name it. */
  readonly targets: readonly Target[];
  readonly controls: readonly Control[];
  readonly delegations: readonly Delegation[];
  readonly merge: Merge;
  /** It is looked for from other namespaces too: a class, or a policy that reaches beyond its own namespace. */
  readonly isWide: boolean;
  /** Of a Gateway: the name of its class. Of a class: the controller that implements it. Else empty. */
  readonly runBy: string;
  /** Of a Gateway or a class: the object with its settings. Of a set of listeners: its Gateway. */
  readonly parent: NamedObject | undefined;
  /** Of a Gateway. */
  readonly listeners: readonly Listener[];
  /** Of a ReferenceGrant. */
  readonly permits: readonly ReferencePermit[];
  /** Labels of the pods that it is about: those that an Istio Gateway selects, or a policy of Istio. `undefined`: it selects none. */
  readonly selects: Selector | undefined;
  /** Parts could not be read: it may say more than is written here. */
  readonly incomplete: boolean;
  /** It is a part of this object, by which people know it: the entry points of a Deployment, a provider of a ConfigMap. Absent: it is an object itself. */
  readonly partOf?: ObjectRef;
  /** It stands for all objects of its kind, which could not be listed: why, in a clause without a full stop. Absent: it is an object. */
  readonly unlisted?: string;
}

/** What a reader gives of an object; the rest is as in {@link NOTHING_SAID}. */
export type FactParts = Partial<
  Pick<
    GatewayFact,
    | 'targets'
    | 'controls'
    | 'delegations'
    | 'merge'
    | 'isWide'
    | 'runBy'
    | 'parent'
    | 'listeners'
    | 'permits'
    | 'selects'
  >
>;

export const NOTHING_SAID = {
  targets: [],
  controls: [],
  delegations: [],
  merge: 'union',
  isWide: false,
  runBy: '',
  parent: undefined,
  listeners: [],
  permits: [],
  selects: undefined,
} as const satisfies FactParts;

/** A control of a whole object that must be passed. */
export const control = (
  aspect: Aspect,
  by: string,
  demand: Demand,
  path: string,
  says: string,
  more: Partial<Pick<Control, 'joined' | 'within'>> = {},
): Control => ({ aspect, by, demand, path, says, joined: 'all', within: '', ...more });

export const GATEWAY_API = 'gateway.networking.k8s.io';

export const factKey = ({ group, kind }: { readonly group: string; readonly kind: string }, name: string): string =>
  `${group}/${kind}/${name}`;
