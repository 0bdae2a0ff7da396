import fc from 'fast-check';
import { createWorldIndex, type WorldIndex } from '../../../src/adapters/kubernetes/view/world-index.ts';
import type { Review } from '../../../src/app/admission/review.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { World } from '../../../src/core/world/world.ts';
import { ACCEPTS, DENIES } from '../../support/other-policies.ts';
import {
  closingPolicy,
  decodeAll,
  deployment,
  namespace,
  openingPolicy,
  review,
  reviewBody,
  testPolicy,
} from '../../support/reviews.ts';

/** A cluster that changes between reviews which come again and again, for what is remembered of them. */

/** A recorded review with the length of its body, by which it may be remembered. */
export const known = (name: string, request: Fields = {}, more: Partial<Review> = {}): Review => ({
  ...review(name, request),
  bytes: 1_000,
  ...more,
});

export const withMetadata = (object: Fields, metadata: Fields): Fields => ({
  ...object,
  metadata: { ...(object.metadata as Fields), ...metadata },
});

const namedNamespace = (name: string, labels: Fields): Fields => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const POD: Fields = reviewBody('pod-create').request.object;
const SERVICE: Fields = reviewBody('service-create-nodeport').request.object;
const clusterIp: Fields = { ...SERVICE, spec: { ...(SERVICE.spec as Fields), type: 'ClusterIP' } };
/** A Service without a selector in another namespace: its endpoints may be Pods of a server. */
const OUTSIDE: Fields = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'outside', namespace: 'edge' },
  spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
};
const slice = (address: string): Fields => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'outside-1', namespace: 'edge', labels: { 'kubernetes.io/service-name': 'outside' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: [address] }],
  ports: [{ port: 80 }],
});

/** States of objects that come, change and go. Those of one row are one object. */
const OBJECTS: readonly (readonly Fields[])[] = [
  [
    namespace(),
    namespace({ 'chokepoint.dev/mode': 'warn' }),
    namespace({ 'chokepoint.dev/mode': 'off' }),
    namespace({}, { annotations: { 'chokepoint.dev/notify': 'payments' } }),
  ],
  [namedNamespace('mcp-gateway', {}), namedNamespace('mcp-gateway', { team: 'edge' })],
  [closingPolicy(), { ...closingPolicy(), spec: { podSelector: {}, policyTypes: ['Ingress'] } }],
  [openingPolicy()],
  [deployment(), withMetadata(deployment(), { labels: { 'chokepoint.dev/mcp-server': 'false' } })],
  [POD, { ...POD, status: { podIPs: [{ ip: '10.1.2.3' }] } }],
  [SERVICE, clusterIp],
  [OUTSIDE],
  [slice('10.1.2.3'), slice('10.1.2.4')],
  [ACCEPTS],
  [DENIES],
];

const STATES = OBJECTS.map(row => decodeAll(row));

const SECOND_UID = { uid: '11111111-2222-3333-4444-555555555555', creationTimestamp: '2026-11-02T10:00:00Z' };
/** A recorded review whose new object has other metadata. */
export const again = (name: string, metadata: Fields): Review =>
  known(name, { object: withMetadata(reviewBody(name).request.object, metadata) });

/** What is asked. */
export const REVIEWS: readonly Review[] = [
  known('deployment-create'),
  again('deployment-create', { ...SECOND_UID, managedFields: [{ manager: 'helm', operation: 'Update' }] }),
  known('deployment-create-harmless'),
  known('deployment-create-dry-run'),
  known('deployment-update-relabelled'),
  known('pod-create'),
  again('pod-create', SECOND_UID),
  known('pod-create-gated'),
  known('pod-update-annotated'),
  known('networkpolicy-create'),
  again('networkpolicy-create', { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } }),
  known('networkpolicy-create-reopening'),
  known('networkpolicy-update-except-removed'),
  known('networkpolicy-delete'),
  known('service-create-nodeport'),
  known('service-create-nodeport', { namespace: 'edge', name: 'outside', object: OUTSIDE }),
  known('service-create-nodeport', {
    namespace: 'edge',
    name: 'outside-1',
    kind: { group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' },
    object: slice('10.1.2.3'),
  }),
  known('service-create-nodeport', {}, { user: { username: 'alice', groups: [] } }),
];

/** What is in force. */
export const POLICIES: readonly GatePolicy[] = [
  testPolicy(),
  testPolicy({ mode: 'warn' }),
  testPolicy({ absentPolicy: 'hold' }),
];

/** What happens next: an object is in another state or gone, another policy is in force, or something is asked. */
export type Step =
  | { readonly object: number; readonly state: number | undefined }
  | { readonly policy: number }
  | { readonly review: number };

const upTo = (list: readonly unknown[]): fc.Arbitrary<number> => fc.nat({ max: list.length - 1 });
export const stepOf = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      object: upTo(OBJECTS),
      state: fc.option(fc.nat({ max: 3 }), { nil: undefined, freq: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ policy: upTo(POLICIES) }) },
  { weight: 12, arbitrary: fc.record({ review: upTo(REVIEWS) }) },
);

/** A cluster as the gate's view shows it. */
export class Cluster {
  readonly #index: WorldIndex = createWorldIndex();
  readonly #stored = new Map<number, number>();

  put(object: number, state: number | undefined): void {
    const row = STATES[object] ?? [];
    const [before, after] = [this.#stored.get(object), state === undefined ? undefined : state % row.length];
    this.#index.change(before === undefined ? undefined : row[before], after === undefined ? undefined : row[after]);
    if (after === undefined) this.#stored.delete(object);
    else this.#stored.set(object, after);
  }

  world(): World {
    return this.#index.world();
  }
}
