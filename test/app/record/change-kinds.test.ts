import { describe, expect, test } from 'vitest';
import type { Review } from '../../../src/app/admission/review.ts';
import { changeKinds, gateChanges } from '../../../src/app/record/change-kinds.ts';
import { MODE_LABEL } from '../../../src/core/gate/effective-mode.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { deployment, namespace, review } from '../../support/reviews.ts';

const decode = createDecoder();

/** What sort of change it is from one object to another. */
function kindsOf(
  before: Fields | undefined,
  after: Fields | undefined,
  more: Partial<Review> = {},
  isHarmless = false,
): string {
  const operation = before === undefined ? 'CREATE' : after === undefined ? 'DELETE' : 'UPDATE';
  const asked: Review = { ...review('deployment-create'), operation, object: after, oldObject: before, ...more };
  const decoded = decode((after ?? before) as Fields);
  return changeKinds(asked, decoded.kind === 'object' ? decoded.object : undefined, isHarmless).join(' ');
}

const object = (apiVersion: string, kind: string, spec: Fields = {}, metadata: Fields = {}): Fields => ({
  apiVersion,
  kind,
  metadata: { name: 'a', namespace: 'prod', ...metadata },
  spec,
});

describe('What an object is to the servers beside it stands after what is done with it', () => {
  test.each<[kinds: string, made: Fields]>([
    ['create policy', object('networking.k8s.io/v1', 'NetworkPolicy')],
    ['create policy', object('cilium.io/v2', 'CiliumNetworkPolicy')],
    ['create service', object('v1', 'Service')],
    [
      'create service',
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'a', namespace: 'prod' },
        addressType: 'IPv4',
        endpoints: [],
      },
    ],
    ['create route', object('networking.k8s.io/v1', 'Ingress')],
    ['create route', object('gateway.networking.k8s.io/v1', 'HTTPRoute')],
    ['create', deployment()],
    ['create', object('v1', 'ConfigMap')],
  ])('%s', (kinds, made) => {
    expect(kindsOf(undefined, made)).toBe(kinds);
    expect(kindsOf(made, undefined)).toBe(kinds.replace('create', 'delete'));
    expect(kindsOf(made, made)).toBe(kinds.replace('create', 'update'));
  });

  test('but for a connection, which changes nothing', () => {
    expect(kindsOf(deployment(), deployment(), { operation: 'CONNECT' })).toBe('');
  });
});

describe('An update of a workload is', () => {
  const spec = (container: Fields, template: Fields = {}, more: Fields = {}): Fields =>
    object('apps/v1', 'Deployment', {
      replicas: 1,
      template: { spec: { containers: [container], ...template } },
      ...more,
    });
  const annotated = (annotations: Fields): Fields =>
    object('apps/v1', 'Deployment', { template: { metadata: { annotations }, spec: { containers: [] } } });
  const RESTARTED = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01' };
  const labelled = (labels: Fields, replicas = 1): Fields =>
    object('apps/v1', 'Deployment', { replicas, template: { metadata: { labels }, spec: { containers: [] } } });
  const pod = (image: string, args: readonly string[] = []): Fields =>
    object('v1', 'Pod', { containers: [{ name: 'a', image, args }] });
  const init = (image: string): Fields => spec({ name: 'a', image: 'a:1' }, { initContainers: [{ name: 'b', image }] });
  const A = { name: 'a', image: 'a:1' };

  test.each<[kinds: string, before: Fields, after: Fields]>([
    ['scale', spec(A), spec(A, {}, { replicas: 2 })],
    ['restart', annotated({}), annotated(RESTARTED)],
    ['configuration', annotated({}), annotated({ 'checksum/config': 'x' })],
    ['restart configuration', annotated({}), annotated({ ...RESTARTED, 'checksum/config': 'x' })],
    ['configuration', labelled({ app: 'a' }), labelled({ app: 'a', version: '2' })],
    ['scale configuration', labelled({ app: 'a' }), labelled({ app: 'b' }, 2)],
    ['update', pod('a:1'), { ...pod('a:1'), metadata: { name: 'a', namespace: 'prod', annotations: { note: 'x' } } }],
    ['image', spec(A), spec({ ...A, image: 'a:2' })],
    ['image', init('b:1'), init('b:2')],
    ['image', pod('a:1'), pod('a:2')],
    ['configuration', pod('a:1'), pod('a:1', ['--x'])],
    ['configuration', spec(A), spec({ ...A, args: ['--x'] })],
    ['configuration', spec(A), spec(A, { hostNetwork: true })],
    ['image configuration', spec(A), spec({ ...A, image: 'a:2', args: ['--x'] })],
    ['scale image', spec(A), spec({ ...A, image: 'a:2' }, {}, { replicas: 0 })],
    ['image configuration', spec(A), init('b:1')],
    ['update', spec(A), spec(A, {}, { paused: true })],
  ])('%s', (kinds, before, after) => {
    expect(kindsOf(before, after)).toBe(kinds);
  });

  test('not looked into, where it concerns no server', () => {
    expect(kindsOf(spec(A), spec({ ...A, image: 'a:2' }), {}, true)).toBe('update');
  });

  test('told without the parts that are no objects', () => {
    expect(
      kindsOf(
        spec(A),
        object('apps/v1', 'Deployment', { replicas: 1, template: { spec: { containers: [A, 'x', null] } } }),
      ),
    ).toBe('update');
  });

  test('a scale, where the Scale is what is written', () => {
    expect(
      kindsOf(object('autoscaling/v1', 'Scale'), object('autoscaling/v1', 'Scale'), { subResource: 'scale' }),
    ).toBe('scale');
  });
});

describe('The mode of a namespace', () => {
  const kind = { group: '', version: 'v1', kind: 'Namespace' };
  const mode = (value: string): Fields => namespace({ [MODE_LABEL]: value });

  test('is no other one where the namespace is deleted, which is on record all the same', () => {
    const before = mode('enforce');
    expect(kindsOf(before, undefined, { kind })).toBe('delete');
    const asked = { ...review('deployment-create'), kind, operation: 'DELETE', object: undefined } as const;
    expect(gateChanges({ ...asked, oldObject: before })).toEqual(['mode']);
  });

  test.each<
    [what: string, kind: Review['kind'], before: Fields | undefined, after: Fields | undefined, changes: boolean]
  >([
    ['changes with another label', kind, mode('audit'), mode('enforce'), true],
    ['changes with a first label', kind, namespace(), mode('enforce'), true],
    ['changes with a label taken away', kind, mode('enforce'), namespace(), true],
    ['changes with a namespace that has one', kind, undefined, mode('enforce'), true],
    ['stays with the same label', kind, mode('audit'), mode('audit'), false],
    ['stays where there is none', kind, undefined, namespace(), false],
    ['is none of another kind', { ...kind, kind: 'Pod' }, namespace(), mode('enforce'), false],
    ['is none of a Namespace of another group', { ...kind, group: 'x' }, namespace(), mode('enforce'), false],
  ])('%s', (_, of, before, after, changes) => {
    const operation = before === undefined ? 'CREATE' : 'UPDATE';
    const asked: Review = { ...review('deployment-create'), kind: of, operation, object: after, oldObject: before };
    expect(gateChanges(asked)).toEqual(changes ? ['mode'] : []);
    expect(kindsOf(before, after, { kind: of })).toBe(`${operation.toLowerCase()}${changes ? ' mode' : ''}`);
  });
});
