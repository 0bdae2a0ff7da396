import { describe, expect, test } from 'vitest';
import type { AdmissionResponse } from '../../../src/app/admission/review.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { GATEWAYS, PROTECTED_NETWORKS } from '../../support/gate-spec.ts';
import {
  closingPolicy,
  deployment,
  gate,
  namespace,
  policyOf,
  review,
  reviewBody,
  worldOf,
} from '../../support/reviews.ts';

const MINUTE = 60_000;
const CONFIGURED = policyOf({
  mode: 'enforce',
  absentPolicy: 'reject',
  gateways: GATEWAYS,
  protectedNetworks: PROTECTED_NETWORKS,
  routes: { gateways: ['mcp-gateway/mcp'] },
});

const service = (): Fields => {
  const { object } = reviewBody('service-create-nodeport').request;
  return { ...object, metadata: { name: 'front', namespace: 'prod' }, spec: { ...object.spec, type: 'ClusterIP' } };
};
/** Publishes the server of `prod` through a gateway that is not the MCP gateway. */
const route = (from: string): Fields => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'back-door', namespace: from },
  spec: {
    parentRefs: [{ name: 'side-entrance', namespace: from }],
    rules: [{ backendRefs: [{ name: 'front', namespace: 'prod', port: 80 }] }],
  },
});
/** Lets it refer to that server. */
const grant = (from: string): Fields => ({
  apiVersion: 'gateway.networking.k8s.io/v1beta1',
  kind: 'ReferenceGrant',
  metadata: { name: 'routes', namespace: 'prod' },
  spec: {
    from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: from }],
    to: [{ group: '', kind: 'Service' }],
  },
});
const routeReview = (from: string) =>
  review('service-create-nodeport', {
    kind: { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'HTTPRoute' },
    namespace: from,
    name: 'back-door',
    object: route(from),
  });

/** Everything that an answer says, as the one who asked reads it. */
const said = ({ message, warnings, auditAnnotations }: AdmissionResponse): string =>
  [message, ...warnings, ...auditAnnotations.values()].join('\n');

describe('an answer names objects of the reviewed namespace alone', () => {
  test('so who routes to a server of another namespace is refused without learning which server that is', async () => {
    const world = worldOf(namespace(), deployment(), closingPolicy(), service(), grant('development'));
    const outcome = await gate(CONFIGURED, world).validate(routeReview('development'), MINUTE);
    expect(outcome.code).toBe(403);
    expect(outcome.message.split('\n')[0]).toBe(
      'HTTPRoute development/back-door must not publish Deployment in another namespace past the gateway.',
    );
    expect(outcome.message).toContain('HTTPRoute development/back-door');
    expect(said(outcome)).not.toMatch(/prod|weather/);
  });

  test('and hears nothing of what was wrong with that server before', async () => {
    const world = worldOf(namespace({ 'chokepoint.dev/mode': 'warn' }), deployment(), service());
    const outcome = await gate(CONFIGURED, world).validate(routeReview('development'), MINUTE);
    expect(outcome.allowed).toBe(true);
    expect(said(outcome)).toContain('route-bypasses-gateway');
    expect(said(outcome)).not.toMatch(/prod|weather|isolated/);
  });

  test('so who runs a server hears of a route in another namespace, and not whose or where it leads from', async () => {
    const world = worldOf(namespace(), closingPolicy(), service(), route('development'), grant('development'));
    const outcome = await gate(CONFIGURED, world).validate(review('deployment-create'), MINUTE);
    expect(outcome.code).toBe(403);
    expect(outcome.message).toContain(
      'route-bypasses-gateway: an object of kind HTTPRoute in another namespace breaks this rule',
    );
    expect(said(outcome)).not.toMatch(/development|back-door|side-entrance/);
  });

  test('and those are named', async () => {
    const world = worldOf(namespace(), deployment(), closingPolicy(), service());
    const outcome = await gate(CONFIGURED, world).validate(routeReview('prod'), MINUTE);
    expect(outcome.message).toContain(
      'HTTPRoute prod/back-door must not publish Deployment prod/weather past the gateway.',
    );
    expect(outcome.message).toContain('HTTPRoute prod/back-door publishes it through Gateway prod/side-entrance');
  });

  test('unreadable labels of another namespace are not repeated', async () => {
    const world = worldOf(namespace({ 'chokepoint.dev/mode': 'secret-word' }), deployment(), service());
    const outcome = await gate(CONFIGURED, world).validate(routeReview('development'), MINUTE);
    expect(said(outcome)).not.toContain('secret-word');
  });
});
