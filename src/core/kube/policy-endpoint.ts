import { type Fields, fieldsAt, objectsAt, own, textAt, textsAt } from './reading.ts';
import type { Direction } from './types.ts';

/** Addresses of a PolicyEndpoint, with what it says of their ports. */
export interface EndpointBlock {
  /** A block as the policy writes it; an address alone of a Pod or a Service that a selector stands for. */
  readonly cidr: string;
  readonly except: readonly string[];
  /** `TCP`, `TCP 80-80`; empty: any. */
  readonly ports: readonly string[];
}

/**
 * networking.k8s.aws/v1alpha1 PolicyEndpoint of Amazon EKS: what its policy controller has made of a policy, and the agents of nodes program. A policy may
 * have several, each with a part. Source: aws/amazon-network-policy-controller-k8s, api/v1alpha1/policyendpoint_types.go.
 */
export interface PolicyEndpoint {
  /** Name of the policy that it is made of. */
  readonly policy: string;
  /** uids of the policies that own it: one, unless somebody else wrote it. */
  readonly owners: ReadonlySet<string>;
  /** Directions in which Pods are isolated. */
  readonly isolates: ReadonlySet<Direction>;
  readonly blocks: Readonly<Record<Direction, readonly EndpointBlock[]>>;
  /** Names of the Pods that it isolates: those that had an address when it was written. */
  readonly pods: ReadonlySet<string>;
}

/** A port as {@link EndpointBlock} has it. Absent: protocol TCP, any port, no range. */
export const portText = (protocol: string, first: number | undefined, last: number | undefined): string =>
  first === undefined ? protocol : `${protocol} ${first}-${last ?? first}`;

function portOf(port: Fields): string {
  const [first, last] = ['port', 'endPort']
    .map(key => own(port, key))
    .map(one => (typeof one === 'number' ? one : undefined));
  return portText(textAt(port, 'protocol') || 'TCP', first, last);
}

const blocksOf = (spec: Fields, direction: Direction): readonly EndpointBlock[] =>
  objectsAt(spec, direction).map(one => ({
    cidr: textAt(one, 'cidr'),
    except: textsAt(one, 'except'),
    ports: objectsAt(one, 'ports').map(portOf),
  }));

const DIRECTIONS: ReadonlyMap<string, Direction> = new Map([
  ['Ingress', 'ingress'],
  ['Egress', 'egress'],
]);

/** Reads a PolicyEndpoint as the API server gives it. What is absent or of another form counts as empty: it proves nothing. */
export function readPolicyEndpoint(fields: Fields): PolicyEndpoint {
  const spec = fieldsAt(fields, 'spec');
  return {
    policy: textAt(fieldsAt(spec, 'policyRef'), 'name'),
    owners: new Set(objectsAt(fields, 'metadata.ownerReferences').map(one => textAt(one, 'uid'))),
    isolates: new Set(textsAt(spec, 'podIsolation').flatMap(type => DIRECTIONS.get(type) ?? [])),
    blocks: { ingress: blocksOf(spec, 'ingress'), egress: blocksOf(spec, 'egress') },
    pods: new Set(objectsAt(spec, 'podSelectorEndpoints').map(one => textAt(one, 'name'))),
  };
}
