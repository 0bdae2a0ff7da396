import { describe, expect, test } from 'vitest';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { Endpoints, Service } from '../../../src/core/kube/types.ts';
import { decoded } from '../../support/workload.ts';

const METADATA = { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } };

function endpoints(fields: Fields, kind = 'EndpointSlice'): Pick<Endpoints, 'service' | 'addresses' | 'pods'> {
  const apiVersion = kind === 'Endpoints' ? 'v1' : 'discovery.k8s.io/v1';
  const { service, addresses, pods } = decoded({ apiVersion, kind, metadata: METADATA, ...fields }) as Endpoints;
  return { service, addresses, pods };
}
const pod = (more: Fields = {}): Fields => ({ targetRef: { kind: 'Pod', name: 'a', namespace: 'far', ...more } });

describe('An EndpointSlice holds', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, items: readonly unknown[], addresses: readonly string[], pods: readonly string[]]>([
    ['its addresses', [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2', '10.0.0.3'] }], ['10.0.0.1', '10.0.0.2', '10.0.0.3'], []],
    ['IPv6 in its one form', [{ addresses: ['FD00:0::0001'] }], ['fd00::1'], []],
    ['what is no address as it is written', [{ addresses: ['web.example', 'x:y'] }], ['web.example', 'x:y'], []],
    ['endpoints that are not ready', [{ addresses: ['10.0.0.1'], conditions: { ready: false } }], ['10.0.0.1'], []],
    ['the Pods that it names', [{ addresses: ['10.0.0.1'], ...pod() }], ['10.0.0.1'], ['far/a']],
    ['Pods of its own namespace, where they name none', [{ targetRef: { kind: 'Pod', name: 'a' } }], [], ['shop/a']],
    ['nothing of other objects that it names', [pod({ kind: 'Node' }), { targetRef: { name: 'a' } }, { targetRef: { kind: 'Pod' } }, {}], [], []],
  ])('%s', (_, items, addresses, pods) => {
    const { service, pods: named, addresses: held } = endpoints({ endpoints: items });
    expect([service, held, named.map(({ namespace, name }) => `${namespace}/${name}`)]).toEqual(['web', addresses, pods]);
  });

  test('no Service where none is named', () => {
    expect(endpoints({ metadata: { name: 'web-1', namespace: 'shop' } }).service).toBe('');
  });
});

test('Endpoints are of the Service of their name, and hold what is ready and what is not', () => {
  const subsets = [
    {
      addresses: [{ ip: '10.0.0.1', ...pod() }, { ip: 'FD00::1' }],
      notReadyAddresses: [{ ip: '10.0.0.2', targetRef: { kind: 'Pod', name: 'b' } }],
    },
    { addresses: [{ hostname: 'x' }] },
  ];
  expect(endpoints({ subsets }, 'Endpoints')).toEqual({
    service: 'web-1',
    addresses: ['10.0.0.1', 'fd00::1', '10.0.0.2'],
    pods: [
      { namespace: 'far', name: 'a' },
      { namespace: 'shop', name: 'b' },
    ],
  });
});

describe('A Service', () => {
  const service = (spec: Fields, more: Fields = {}): Service =>
    decoded({ apiVersion: 'v1', kind: 'Service', metadata: METADATA, spec, ...more }) as Service;

  test('that says nothing selects nothing, and is no other name', () => {
    expect(service({})).toMatchObject({
      type: 'ClusterIP',
      aliasOf: undefined,
      selector: undefined,
      ports: [],
      externalIPs: [],
      loadBalancerIPs: [],
    });
  });

  // biome-ignore format: one line a case
  test.each<[what: string, spec: Fields, told: object]>([
    ['selects by its labels', { selector: { app: 'web' } }, { selector: new Map([['app', 'web']]) }],
    ['selects nothing by no labels', { selector: {} }, { selector: undefined }],
    ['is another name of a Service', { type: 'ExternalName', externalName: 'web.far.svc.cluster.local' }, { aliasOf: { namespace: 'far', name: 'web' } }],
    ['is another name of nothing known', { type: 'ExternalName', externalName: 'www.example.com' }, { aliasOf: undefined }],
    ['is no other name by the field alone', { type: 'ClusterIP', externalName: 'web.far.svc' }, { aliasOf: undefined }],
    ['has external addresses', { externalIPs: ['192.0.2.1'] }, { externalIPs: ['192.0.2.1'] }],
  ])('%s', (_, spec, told) => {
    expect(service(spec)).toMatchObject(told);
  });

  // biome-ignore format: one line a case
  test.each<[what: string, port: Fields, told: object]>([
    ['that says nothing but its number', { port: 80 }, { name: '', number: 80, nodePort: 0, protocol: 'TCP', appProtocol: '', targetPort: 0 }],
    ['that says all', { name: 'http', port: 80, nodePort: 30080, protocol: 'UDP', appProtocol: 'mcp', targetPort: 8080 }, { name: 'http', number: 80, nodePort: 30080, protocol: 'UDP', appProtocol: 'mcp', targetPort: 8080 }],
    ['with a target by name', { port: 80, targetPort: 'web' }, { targetPort: 'web' }],
    ['with a target that is neither name nor number', { port: 80, targetPort: true }, { targetPort: 0 }],
    ['of no protocol that is known', { port: 80, protocol: 'tcp' }, { protocol: 'TCP' }],
    ['without a number', {}, { number: 0 }],
  ])('has a port %s', (_, port, told) => {
    expect(service({ ports: [port] }).ports).toMatchObject([told]);
  });

  test('has the addresses that its load balancer has, and no host names', () => {
    const of = (status: unknown): readonly string[] => service({}, { status }).loadBalancerIPs;
    expect(
      of({ loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.example' }, { ip: '192.0.2.2' }] } }),
    ).toEqual(['192.0.2.1', '192.0.2.2']);
    expect([of({}), of({ loadBalancer: {} })]).toEqual([[], []]);
  });
});
