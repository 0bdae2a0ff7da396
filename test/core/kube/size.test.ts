import { describe, expect, test } from 'vitest';
import { isTooLarge, MAX_OBJECT_VALUES, outlineOf, sizeOf } from '../../../src/core/kube/size.ts';

const times = <Value>(count: number, value: Value): readonly Value[] => Array.from({ length: count }, () => value);
const labels = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, 'x']));

describe('the size of an object', () => {
  test.each<readonly [title: string, object: Readonly<Record<string, unknown>>, size: number]>([
    ['nothing has the metadata that each has', {}, 1],
    ['a field is one', { kind: 'Pod' }, 2],
    ['fields of metadata are one each', { metadata: { name: 'a', labels: { b: 'c' } } }, 4],
    ['items of a list are one each', { spec: [1, null, 'a'] }, 5],
    ['a text of 31 characters is one', { a: 'x'.repeat(31) }, 2],
    ['a text of 32 characters is two', { a: 'x'.repeat(32) }, 3],
    ['a text of 95 characters is three', { a: 'x'.repeat(95) }, 4],
    ['managedFields are none', { metadata: { managedFields: [{ manager: 'a' }] } }, 1],
    ['the status is none', { status: { phase: 'Running' } }, 1],
    ['a rule counts its peers by its ports too', { spec: { ingress: [{ from: [1, 2], ports: [3, 4, 5] }] } }, 17],
    ['so does one of egress', { spec: { egress: [{ to: [1, 2], ports: [3, 4] }] } }, 14],
    ['a rule without ports has no product', { spec: { ingress: [{ from: [1, 2] }] } }, 7],
    ['what is no rule has none', { spec: { ingress: ['a'], egress: 'b' } }, 5],
  ])('%s', (_, object, size) => {
    expect(sizeOf(object)).toBe(size);
  });

  test.each([
    [MAX_OBJECT_VALUES - 2, MAX_OBJECT_VALUES, false],
    [MAX_OBJECT_VALUES - 1, MAX_OBJECT_VALUES + 1, true],
    [2 * MAX_OBJECT_VALUES, MAX_OBJECT_VALUES + 1, true],
  ])('with a list of %i is %i, and too large: %s', (count, size, isLarge) => {
    const measured = sizeOf({ spec: times(count, 0) });
    expect([measured, isTooLarge({ meta: { size: measured } })]).toEqual([size, isLarge]);
  });

  test('is told of a product alone', () => {
    const rule = { from: times(300, {}), ports: times(300, {}) };
    expect(sizeOf({ spec: { ingress: [rule] } })).toBe(MAX_OBJECT_VALUES + 1);
  });
});

describe('the outline of an object', () => {
  const metadata = {
    name: 'a',
    generateName: 'a-',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '7',
    labels: { app: 'a' },
    annotations: { note: 'b' },
    ownerReferences: [{ kind: 'Tool', name: 'c' }],
    deletionTimestamp: '2026-11-27T00:00:00Z',
  };
  const POLICY = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' };
  const SELECTOR = { matchLabels: { app: 'a' } };
  const POD_SPEC = { hostNetwork: true, nodeName: 'n', schedulingGates: [{ name: 'g' }], containers: [] };
  const template = { metadata: { labels: { app: 'a' } }, spec: POD_SPEC };
  const full = {
    metadata: { labels: { app: 'a' }, annotations: { a: 'b' } },
    spec: { ...POD_SPEC, containers: [{ name: 'a' }], volumes: [] },
  };

  // biome-ignore format: one line a case
  test.each<readonly [title: string, object: Readonly<Record<string, unknown>>, outline: object]>([
    ['of a policy is what it selects', { ...POLICY, metadata: { ...metadata, finalizers: [] }, spec: { podSelector: SELECTOR, policyTypes: ['Egress'], egress: [{}] }, status: {} }, { ...POLICY, metadata, spec: { podSelector: SELECTOR, policyTypes: ['Egress'] } }],
    ['of a Service is what it selects and another name', { apiVersion: 'v1', kind: 'Service', spec: { selector: { app: 'a' }, type: 'ExternalName', externalName: 'b', ports: [] } }, { apiVersion: 'v1', kind: 'Service', metadata: {}, spec: { selector: { app: 'a' }, type: 'ExternalName', externalName: 'b' } }],
    ['of a Pod is its labels, and how it runs', { apiVersion: 'v1', kind: 'Pod', metadata, spec: full.spec }, { apiVersion: 'v1', kind: 'Pod', metadata, spec: POD_SPEC }],
    ['of a Deployment is its template', { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 1, selector: SELECTOR, template: full } }, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector: SELECTOR, template } }],
    ['of a CronJob is its template', { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: { jobTemplate: { spec: { template: full } } } }, { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: { jobTemplate: { spec: { template } } } }],
    ['of one of several templates is the first', { apiVersion: 'jobset.x-k8s.io/v1alpha2', kind: 'JobSet', metadata, spec: { replicatedJobs: [{ name: 'a', template: { spec: { template: full } } }, { name: 'b' }] } }, { apiVersion: 'jobset.x-k8s.io/v1alpha2', kind: 'JobSet', metadata, spec: { replicatedJobs: [{ name: 'a', template: { spec: { template } } }] } }],
    ['of templates that are not there is none', { apiVersion: 'jobset.x-k8s.io/v1alpha2', kind: 'JobSet', metadata, spec: {} }, { apiVersion: 'jobset.x-k8s.io/v1alpha2', kind: 'JobSet', metadata, spec: { replicatedJobs: [] } }],
    ['of an EndpointSlice is the first address of each endpoint', { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, endpoints: [{ addresses: ['10.0.0.1', '10.0.0.2'] }, 'x', {}], ports: [] }, { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: [] }] }],
    ['of an EndpointSlice without endpoints is without', { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata }, { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, endpoints: [] }],
    ['of a kind that nobody can tell is that of any', { apiVersion: 1, kind: 'Pod', spec: { selector: {} } }, { apiVersion: 1, kind: 'Pod', metadata: {}, spec: { selector: {} } }],
  ])('%s', (_, object, outline) => {
    expect(outlineOf(object)).toEqual(outline);
  });

  test.each([
    [998, true],
    [999, true],
    [1_000, false],
  ])('has %i labels: %s', (count, isKept) => {
    const outline = outlineOf({ ...POLICY, metadata: { labels: labels(count) }, spec: {} });
    expect(outline.metadata).toEqual(isKept ? { labels: labels(count) } : {});
  });

  test('of an EndpointSlice has 1,000 endpoints', () => {
    const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', endpoints: times(1_001, {}) };
    expect(outlineOf(slice).endpoints).toHaveLength(1_000);
  });
});
