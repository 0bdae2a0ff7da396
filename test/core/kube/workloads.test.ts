import { describe, expect, test } from 'vitest';
import { decodeStatus } from '../../../src/core/kube/own-kinds.ts';
import { podInterfaces } from '../../../src/core/kube/pod-interfaces.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { Workload } from '../../../src/core/kube/types.ts';
import { decoded } from '../../support/workload.ts';

const meta = (more: Fields = {}): Fields => ({ name: 'a', namespace: 'shop', ...more });
const pod = (spec: Fields, more: Fields = {}): Workload =>
  decoded({ apiVersion: 'v1', kind: 'Pod', metadata: meta(), spec, ...more }) as Workload;
const made = (apiVersion: string, kind: string, spec: Fields, metadata: Fields = {}): Workload =>
  decoded({ apiVersion, kind, metadata: meta(metadata), spec }) as Workload;
const only = (container: Fields): Workload['containers'][number] => {
  const [one, ...more] = pod({ containers: [container] }).containers;
  if (one === undefined || more.length > 0) throw new Error('one container');
  return one;
};

describe('A container', () => {
  test('that says nothing has nothing', () => {
    expect(only({})).toEqual({
      name: '',
      image: '',
      command: [],
      args: [],
      env: [],
      variables: [],
      ports: [],
      probes: [],
      path: 'spec.containers[0]',
      role: 'container',
    });
  });

  // biome-ignore format: one line a case
  test.each<[what: string, container: Fields, told: object]>([
    ['has names of variables, with or without values', { env: [{ name: 'A', value: 'x' }, { name: 'B', valueFrom: {} }, {}] }, { env: ['A', 'B'], variables: [] }],
    ['has the values of variables that its words refer to', { command: ['sh', '-c', 'run $A $(B) $' + '{C}'], env: [{ name: 'A', value: 'a' }, { name: 'B', value: 'b' }, { name: 'C', value: 'c' }, { name: 'D', value: 'd' }] }, { variables: [{ name: 'A', value: 'a' }, { name: 'B', value: 'b' }, { name: 'C', value: 'c' }] }],
    ['has the values that these values refer to', { args: ['$A'], env: [{ name: 'A', value: '$(B)' }, { name: 'B', value: 'b' }] }, { variables: [{ name: 'A', value: '$(B)' }, { name: 'B', value: 'b' }] }],
    ['has no values that are no texts', { args: ['$A $B'], env: [{ name: 'A', value: 7 }, { name: 'B' }] }, { variables: [] }],
    ['has its ports', { ports: [{ containerPort: 80 }, { name: 'dns', containerPort: 53, protocol: 'UDP', hostPort: 5353 }] }, { ports: [{ name: '', number: 80, protocol: 'TCP', hostPort: 0 }, { name: 'dns', number: 53, protocol: 'UDP', hostPort: 5353 }] }],
    ['has the paths of its probes', { livenessProbe: { httpGet: { path: '/a' } }, readinessProbe: { httpGet: {} }, startupProbe: { tcpSocket: {} } }, { probes: [{ field: 'livenessProbe', path: '/a' }] }],
  ])('%s', (_, container, told) => {
    const { env, variables, ports, probes } = only(container);
    expect({ env, variables, ports, probes }).toMatchObject(told);
  });

  test('cuts a value that no program could be given to one character more', () => {
    const value = 'x'.repeat(128 * 1024 + 5);
    const [variable] = only({ args: ['$A'], env: [{ name: 'A', value }] }).variables;
    expect(variable?.value.length).toBe(128 * 1024 + 1);
  });

  test('is init, sidecar, ordinary or ephemeral, by the list it stands in', () => {
    const { containers } = pod({
      initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }, { name: 'n', restartPolicy: 'Never' }],
      containers: [{ name: 'c', restartPolicy: 'Always' }],
      ephemeralContainers: [{ name: 'e' }],
    });
    expect(containers.map(({ name, role, path }) => `${name} ${role} ${path}`)).toEqual([
      'i init spec.initContainers[0]',
      's sidecar spec.initContainers[1]',
      'n init spec.initContainers[2]',
      'c container spec.containers[0]',
      'e ephemeral spec.ephemeralContainers[0]',
    ]);
  });
});

describe('A Pod', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, spec: Fields, status: unknown, told: object]>([
    ['that says nothing', {}, undefined, { hostNetwork: false, nodeName: '', serviceAccount: 'default', schedulingGates: [], podIPs: [] }],
    ['on the network of its node', { hostNetwork: true, nodeName: 'n' }, undefined, { hostNetwork: true, nodeName: 'n' }],
    ['with a service account', { serviceAccountName: 'sa' }, undefined, { serviceAccount: 'sa' }],
    ['with a service account by the old name', { serviceAccount: 'old' }, undefined, { serviceAccount: 'old' }],
    ['with both names, of which the new one counts', { serviceAccountName: 'sa', serviceAccount: 'old' }, undefined, { serviceAccount: 'sa' }],
    ['with an empty service account', { serviceAccountName: '' }, undefined, { serviceAccount: 'default' }],
    ['with gates', { schedulingGates: [{ name: 'g' }, {}] }, undefined, { schedulingGates: ['g'] }],
    ['with addresses', {}, { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }, {}] }, { podIPs: ['10.0.0.1', 'fd00::1'] }],
    ['with one address by the old field', {}, { podIP: '10.0.0.1' }, { podIPs: ['10.0.0.1'] }],
    ['without an address', {}, { podIP: '' }, { podIPs: [] }],
  ])('%s', (_, spec, status, told) => {
    expect(pod(spec, status === undefined ? {} : { status })).toMatchObject(told);
  });
});

describe('A controller', () => {
  const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [] } };
  // biome-ignore format: one line a case
  test.each<[what: string, workload: Workload, selector: readonly (readonly [string, string])[]]>([
    ['selects by its labels', made('apps/v1', 'Deployment', { selector: { matchLabels: { app: 'a' } }, template }), [['app', 'a']]],
    ['selects by none, where it names none', made('apps/v1', 'Deployment', { template }), []],
    ['selects by a plain map', made('v1', 'ReplicationController', { selector: { app: 'a' }, template }), [['app', 'a']]],
  ])('%s', (_, workload, selector) => {
    expect([...workload.selectorLabels]).toEqual(selector);
  });

  test('of virtual machines gives further networks as annotations do', () => {
    const networks = [
      { multus: { networkName: 'a' } },
      { pod: {} },
      { multus: { networkName: 'b' } },
      { multus: { networkName: 'c', default: true } },
      'x',
    ];
    const spec = { template: { metadata: { annotations: { note: 'x' } }, spec: { domain: {}, networks } } };
    const { podAnnotations } = made('kubevirt.io/v1', 'VirtualMachine', spec);
    expect([...podAnnotations]).toEqual([
      ['note', 'x'],
      ['k8s.v1.cni.cncf.io/networks', 'a,b'],
      ['v1.multus-cni.io/default-network', 'c'],
    ]);
    const { podAnnotations: none } = made('apps/v1', 'Deployment', {
      template: { ...template, spec: { containers: [], networks } },
    });
    expect([...none]).toEqual([]);
  });
});

describe('Of its node a Pod asks for', () => {
  const access = (spec: Fields): readonly string[] =>
    pod(spec).nodeAccess.map(({ by, value, path }) => `${by} ${value} ${path}`);
  const C = 'spec.containers[0].securityContext';
  const context = (securityContext: Fields): Fields => ({ containers: [{ securityContext }] });

  // biome-ignore format: one line a case
  test.each<[what: string, spec: Fields, told: readonly string[]]>([
    ['nothing', { containers: [{}, { securityContext: {} }], securityContext: {}, volumes: [{ emptyDir: {} }] }, []],
    ['everything', context({ privileged: true }), [`privileged  ${C}.privileged`]],
    ['nothing, where it is not privileged', context({ privileged: false, procMount: '' }), []],
    ['capabilities that are added', context({ capabilities: { add: ['NET_ADMIN', 'SYS_PTRACE'], drop: ['ALL'] } }), [`capability NET_ADMIN ${C}.capabilities.add[0]`, `capability SYS_PTRACE ${C}.capabilities.add[1]`]],
    ['another kind of /proc', context({ procMount: 'Unmasked' }), [`procMount Unmasked ${C}.procMount`]],
    ['the processes of a Windows node', context({ windowsOptions: { hostProcess: true } }), [`hostProcess  ${C}.windowsOptions.hostProcess`]],
    ['no processes of a Windows node', context({ windowsOptions: { hostProcess: false, runAsUserName: 'x' } }), []],
    ['the processes of a Windows node, for all its containers', { securityContext: { windowsOptions: { hostProcess: true } } }, ['hostProcess  spec.securityContext.windowsOptions.hostProcess']],
    ['processes and memory of its node', { hostPID: true, hostIPC: true }, ['hostPID  spec.hostPID', 'hostIPC  spec.hostIPC']],
    ['no processes of its node', { hostPID: false, hostIPC: false }, []],
    ['folders of its node', { volumes: [{ emptyDir: {} }, { hostPath: { path: '/run' } }, { hostPath: {} }] }, ['hostPath /run spec.volumes[1].hostPath.path', 'hostPath  spec.volumes[2].hostPath.path']],
  ])('%s', (_, spec, told) => {
    expect(access(spec)).toEqual(told);
  });
});

describe('An annotation gives a Pod an interface', () => {
  const MULTUS = 'k8s.v1.cni.cncf.io/networks';
  const GKE = 'networking.gke.io/interfaces';
  // biome-ignore format: one line a case
  test.each<[annotation: string, value: string, gives: boolean]>([
    [MULTUS, 'macvlan', true],
    [MULTUS, '', false],
    [MULTUS, ' [] ', false],
    [MULTUS, 'null', false],
    [MULTUS, 'default/istio-cni', false],
    [MULTUS, ' default/istio-cni , default/istio-cni', false],
    [MULTUS, 'default/istio-cni,macvlan', true],
    [MULTUS, '[{"name":"default/istio-cni"}]', true],
    ['v1.multus-cni.io/default-network', 'x', true],
    ['v1.multus-cni.io/default-network', '', false],
    [GKE, '[{"interfaceName":"eth0","network":"default"}]', false],
    [GKE, '[{"interfaceName":"eth0","network":"default"},{"interfaceName":"eth1","network":"blue"}]', true],
    [GKE, '[{"interfaceName":"eth0"}]', true],
    [GKE, '[null]', true],
    [GKE, '["default"]', true],
    [GKE, '{"network":"default"}', true],
    [GKE, 'not JSON', true],
    [GKE, '[]', false],
    ['k8s.amazonaws.com/nicConfig', 'multi-nic-attachment', true],
    ['k8s.amazonaws.com/nicConfig', ' ', false],
    ['danm.k8s.io/interfaces', '[{}]', true],
    ['danm.k8s.io/interfaces', '[]', false],
    ['danm.io/interfaces', '[{}]', true],
    ['danm.io/interfaces', 'null', false],
    ['networkservicemesh.io', 'kernel://a', true],
    ['networkservicemesh.io', '', false],
    ['example.com/networks', 'x', false],
  ])('by %s: %s: %s', (annotation, value, gives) => {
    expect(podInterfaces(new Map([[annotation, value]]))).toEqual(gives ? [{ annotation, networks: value }] : []);
  });
});

describe('The status of an object of ours', () => {
  const condition = (type: string): Fields => ({
    type,
    status: 'True',
    reason: 'R',
    message: 'm',
    lastTransitionTime: 't',
    observedGeneration: 3,
  });
  test('holds its conditions, with what cannot be read passed over', () => {
    const status = { conditions: [condition('Ready'), 'x', null, { type: 7, observedGeneration: '3' }] };
    expect(decodeStatus({ metadata: { generation: 4 }, status })).toEqual({
      generation: 4,
      conditions: [
        condition('Ready'),
        { type: '', status: '', reason: '', message: '', lastTransitionTime: '', observedGeneration: 0 },
      ],
    });
  });

  test.each<[what: string, fields: Fields]>([
    ['there is no status', {}],
    ['its status is none', { status: 'x', metadata: 'y' }],
    ['its conditions are no list', { status: { conditions: {} }, metadata: { generation: '4' } }],
  ])('is empty where %s', (_, fields) => {
    expect(decodeStatus(fields)).toEqual({ generation: 0, conditions: [] });
  });

  test('holds sixteen conditions at most', () => {
    const conditions = Array.from({ length: 20 }, (_, index) => condition(`C${index}`));
    expect(decodeStatus({ status: { conditions } }).conditions.map(({ type }) => type)).toEqual(
      conditions.slice(0, 16).map(({ type }) => type),
    );
  });
});
