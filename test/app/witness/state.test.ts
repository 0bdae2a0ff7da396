import { describe, expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import { stateOf } from '../../../src/app/witness/state.ts';
import { type Body, reviewBody } from '../../support/reviews.ts';

const markOf = (object: Body): string => stateOf(object, HASHING.hash).mark;

/** The object of a recorded review, changed. */
function changed(name: string, change: (object: Body) => void): readonly [before: string, after: string] {
  const { object } = reviewBody(`recorded/${name}`).request;
  const before = markOf(object);
  change(object);
  return [before, markOf(object)];
}

const container = (object: Body): Body => (object.spec.template?.spec ?? object.spec).containers[0];
const set =
  (part: (object: Body) => Body, fields: object) =>
  (object: Body): void =>
    void Object.assign(part(object), fields);
const metadata = (object: Body): Body => object.metadata;
const spec = (object: Body): Body => object.spec;

describe('What counts as a change', () => {
  test.each<readonly [what: string, review: string, change: (object: Body) => void]>([
    ['an image', 'deployment-create', set(container, { image: 'other' })],
    ['a label', 'pod-create', set(metadata, { labels: { other: 'one' } })],
    ['an image of a Pod', 'pod-create', set(container, { image: 'other' })],
    ['a scheduling gate that goes', 'pod-create-gated', set(spec, { schedulingGates: [] })],
    ['an ephemeral container', 'pod-create', set(spec, { ephemeralContainers: [{ name: 'shell' }] })],
    ['the selector of a Service', 'service-create', set(spec, { selector: { app: 'other' } })],
    ['a rule of a policy', 'networkpolicy-create', set(spec, { ingress: [{}] })],
    ['the label of a namespace', 'namespace-create', set(metadata, { labels: { mode: 'off' } })],
    [
      'the annotation of a template',
      'deployment-create',
      set(object => object.spec.template.metadata, { annotations: {} }),
    ],
  ])('is %s', (_, review, change) => {
    const [before, after] = changed(review, change);
    expect(after).not.toBe(before);
  });

  test.each<readonly [what: string, review: string, change: (object: Body) => void]>([
    ['a version', 'deployment-create', set(metadata, { resourceVersion: '77' })],
    ['a status', 'deployment-create', set(object => object, { status: { readyReplicas: 3 } })],
    ['who manages it', 'networkpolicy-create', set(metadata, { managedFields: [] })],
    [
      'an annotation: network plugins write some by the status',
      'pod-create',
      set(metadata, { annotations: { a: 'b' } }),
    ],
    ['the number of replicas', 'deployment-create', set(spec, { replicas: 9 })],
    ['the node of a Pod', 'pod-create', set(spec, { nodeName: 'node-1' })],
    ['the resources of a Pod', 'pod-create', set(container, { resources: { limits: { cpu: '1' } } })],
    [
      'where a Pod was placed',
      'pod-create',
      set(object => object.metadata.labels, { 'topology.kubernetes.io/zone': 'a' }),
    ],
    ['a deletion that waits', 'pod-create', set(metadata, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
  ])('is not %s', (_, review, change) => {
    const [before, after] = changed(review, change);
    expect(after).toBe(before);
  });

  test('is the generation of what another group defines, whatever version of it is told', () => {
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { generation: 3 },
      spec: { rules: [] },
    };
    const older = { ...route, apiVersion: 'gateway.networking.k8s.io/v1beta1', spec: { rules: [{}] } };
    expect(markOf(older)).toBe(markOf(route));
    expect(markOf({ ...route, metadata: { generation: 2 } })).not.toBe(markOf(route));
  });

  test('is told by the review of an object as by the object that is stored', () => {
    const { object } = reviewBody('recorded/deployment-create').request;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: '5' }, status: { replicas: 1 } };
    expect(stateOf(stored, HASHING.hash)).toEqual(stateOf(object, HASHING.hash));
  });
});
