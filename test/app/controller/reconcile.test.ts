import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/app/controller/action.ts';
import { reconcile } from '../../../src/app/controller/reconcile.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import { createSimulatedCluster, type SimulatedCluster } from '../../support/simulated-cluster.ts';
import { decoded, type Sketch, workloadManifest } from '../../support/workload.ts';

type Fields = Readonly<Record<string, unknown>>;

const NAMESPACE = 'tools';
const DECLARED = { 'chokepoint.dev/mcp-server': 'true' };
const GATE = 'chokepoint.dev/network-policy';
const gatePolicy = (spec: Fields) => {
  const { policy, issues } = resolveGatePolicy({ spec }, BUILTIN_DATA);
  if (policy === undefined) throw new Error(JSON.stringify(issues));
  return policy;
};
const inNamespace = (name: string): Fields => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
const ENVOY = { namespaceSelector: inNamespace('edge'), podSelector: { matchLabels: { app: 'envoy' } } };
const JUDGE = createJudge(gatePolicy({ mode: 'enforce', gateways: [{ name: 'envoy', from: [ENVOY] }] }));

const space = (labels: Fields = {}, more: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: NAMESPACE, labels, ...more },
});
const server = (sketch: Sketch = {}): Fields =>
  workloadManifest({
    called: 'fetch',
    namespace: NAMESPACE,
    labels: { app: 'fetch', ...(sketch.kind === 'Pod' ? DECLARED : {}) },
    ports: ['http:8080'],
    ownLabels: DECLARED,
    ...sketch,
  });
const pod = (name: string, { gated = true, ...sketch }: Sketch & { readonly gated?: boolean } = {}): Fields => {
  const labels = { app: 'fetch', 'pod-template-hash': 'abc' };
  const made = server({ kind: 'Pod', called: name, labels, owners: ['apps/v1 ReplicaSet fetch-abc'], ...sketch });
  return gated ? { ...made, spec: { ...(made.spec as Fields), schedulingGates: [{ name: GATE }] } } : made;
};
const REPLICA_SET = server({
  kind: 'ReplicaSet',
  called: 'fetch-abc',
  labels: { app: 'fetch', 'pod-template-hash': 'abc' },
  owners: ['apps/v1 Deployment fetch'],
});
const written = (name: string, spec: Fields, metadata: Fields = {}): Fields => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: NAMESPACE, ...metadata },
  spec,
});
const CLOSED = { podSelector: { matchLabels: { app: 'fetch' } }, policyTypes: ['Ingress', 'Egress'] };
const OPEN = { ...CLOSED, ingress: [{}] };
const marks = (made = 'Deployment/fetch'): Fields => ({
  labels: { 'app.kubernetes.io/managed-by': 'chokepoint' },
  annotations: { 'chokepoint.dev/server': made },
});

/** A Pod that is no server, with the labels of one. */
const DATABASE = workloadManifest({ kind: 'Pod', called: 'db-1', namespace: NAMESPACE, labels: { app: 'fetch' } });

/** metadata.managedFields of an object whose spec these have written. */
const managers = (...names: readonly string[]): readonly Fields[] =>
  names.map(manager => ({ manager, operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': {} } }));

/** The policy that the controller itself writes for the Deployment. */
const MADE: Fields = (() => {
  const [action] = reconcile(cluster([space(), server()]).world(), NAMESPACE, JUDGE);
  return action?.kind === 'apply-policy' ? { ...action.manifest } : {};
})();
const made = (metadata: Fields, spec: Fields = {}): Fields => ({
  ...MADE,
  metadata: { ...(MADE.metadata as Fields), ...metadata },
  spec: { ...(MADE.spec as Fields), ...spec },
});

function cluster(manifests: readonly Fields[]): SimulatedCluster {
  return createSimulatedCluster(manifests.map(manifest => decoded({ ...manifest })));
}

function say(action: Action): string {
  switch (action.kind) {
    case 'apply-policy':
      return `${action.heals === undefined ? 'create' : 'heal'} ${action.manifest.metadata.name} for ${action.server.kind}/${action.server.name}`;
    case 'apply-dialect-policy':
      return `${action.heals === undefined ? 'create' : 'heal'} ${action.manifest.kind} ${action.manifest.metadata.name}`;
    case 'delete-dialect-policy':
      return `delete ${action.object.kind} ${action.object.name}`;
    case 'delete-policy':
      return `delete ${action.name}`;
    case 'lift-gate':
      return `lift ${action.pod.name}`;
    case 'event':
      return `event ${action.about.kind}/${action.about.name} ${action.reason}`;
  }
}

const planned = (manifests: readonly Fields[], judge = JUDGE): readonly string[] =>
  reconcile(cluster(manifests).world(), NAMESPACE, judge).map(say);

const ENFORCE = space();
const mode = (name: string): Fields => space({ 'chokepoint.dev/mode': name });
const absent = (what: string): Fields => space({ 'chokepoint.dev/absent-policy': what });
const CREATED = 'create chokepoint-fetch for Deployment/fetch';

describe('reconcile', () => {
  it.each<readonly [string, readonly Fields[], readonly string[]]>([
    ['nothing is there', [ENFORCE], []],
    ['a workload is no server', [ENFORCE, workloadManifest({ namespace: NAMESPACE, labels: { app: 'web' } })], []],
    ['a server lacks a policy', [ENFORCE, server()], [CREATED]],
    ['a bare Pod lacks one', [ENFORCE, server({ kind: 'Pod' })], ['create chokepoint-fetch for Pod/fetch']],
    ['one direction is open', [ENFORCE, server(), written('in', { ...CLOSED, policyTypes: ['Ingress'] })], [CREATED]],
    ['somebody else closed it', [ENFORCE, server(), written('own', CLOSED)], []],
    ['it is closed by what was made', [ENFORCE, server(), MADE], []],
    ['the Deployment stands for its Pods', [ENFORCE, server(), REPLICA_SET, pod('fetch-abc-1')], [CREATED]],
    ['a Pod is seen before its Deployment', [ENFORCE, REPLICA_SET, pod('fetch-abc-1')], []],
    [
      'two servers share their labels',
      [ENFORCE, server({ called: 'b' }), server({ called: 'a' })],
      ['create chokepoint-a for Deployment/a'],
    ],
    [
      'two servers share their name',
      [ENFORCE, server(), server({ kind: 'StatefulSet', labels: { app: 'other' } })],
      [CREATED, 'create chokepoint-fetch-statefulset for StatefulSet/fetch'],
    ],
    [
      'somebody else has the name',
      [ENFORCE, server(), written('chokepoint-fetch', { podSelector: { matchLabels: { app: 'web' } } })],
      ['create chokepoint-fetch-deployment for Deployment/fetch'],
    ],
    [
      'no policy applies to the network of the node',
      [
        ENFORCE,
        { ...server(), spec: { template: { metadata: { labels: { app: 'f' } }, spec: { hostNetwork: true } } } },
      ],
      [],
    ],
    [
      'its pods have no label of their own',
      [ENFORCE, server({ labels: {} })],
      ['event Deployment/fetch NoPolicyPossible'],
    ],
    [
      'it has the labels of a Pod that is no server',
      [ENFORCE, server(), DATABASE],
      ['event Deployment/fetch NoPolicyPossible'],
    ],
    ['it has the labels of a Pod that is no server and goes', [ENFORCE, server(), terminating(DATABASE)], [CREATED]],
    [
      'it has the labels of a workload without Pods that is no server',
      [ENFORCE, server(), workloadManifest({ namespace: NAMESPACE, called: 'db', labels: { app: 'fetch' } })],
      [CREATED],
    ],
    ['the server is going', [ENFORCE, terminating(server())], []],
    ['the namespace is going', [space({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), server()], []],
    ['the namespace is not there', [server()], []],
  ])('makes policies: %s', (_title, manifests, expected) => {
    expect(planned(manifests)).toEqual(expected);
  });

  it.each<readonly [string, readonly Fields[], readonly string[]]>([
    [
      'a rule was added',
      [ENFORCE, server(), made({}, { ingress: [{}] })],
      ['heal chokepoint-fetch for Deployment/fetch'],
    ],
    [
      'it selects others',
      [ENFORCE, server(), made({}, { podSelector: {} })],
      ['heal chokepoint-fetch for Deployment/fetch'],
    ],
    ['another label was added', [ENFORCE, server(), made({ labels: { ...(marks().labels as Fields), x: 'y' } })], []],
    [
      'it has another name',
      [ENFORCE, server(), made({ name: 'old' }, { egress: [{}] })],
      ['heal old for Deployment/fetch'],
    ],
    [
      'two are there, of which the first by name is put right',
      [ENFORCE, server(), made({ name: 'z' }, { egress: [{}] }), made({ name: 'b' }, { egress: [{}] })],
      ['heal b for Deployment/fetch'],
    ],
    [
      'one is there that goes, and is let go',
      [ENFORCE, server(), made({ name: 'b', deletionTimestamp: '2026-01-01T00:00:00Z' }, { egress: [{}] })],
      ['create chokepoint-fetch for Deployment/fetch'],
    ],
    ['it lost the mark, and closes', [ENFORCE, server(), made({ labels: {} })], []],
    [
      'it lost the mark, and opens',
      [ENFORCE, server(), made({ labels: {} }, { podSelector: { matchLabels: { app: 'web' } } })],
      ['create chokepoint-fetch-deployment for Deployment/fetch'],
    ],
    [
      'a controller owns it',
      [
        ENFORCE,
        server(),
        made(
          { ownerReferences: [{ apiVersion: 'x/v1', kind: 'App', name: 'a', uid: 'u', controller: true }] },
          { ingress: [{}] },
        ),
      ],
      [],
    ],
    [
      'somebody else wrote it',
      [ENFORCE, server(), made({ managedFields: managers('chokepoint', 'kubectl-edit') }, { ingress: [{}] })],
      ['event Deployment/fetch PolicyTakenOver'],
    ],
    [
      'somebody else wrote it, for one direction',
      [
        ENFORCE,
        server(),
        made({ managedFields: managers('argocd-controller') }, { policyTypes: ['Ingress'], egress: [] }),
      ],
      ['event Deployment/fetch PolicyTakenOver', 'create chokepoint-fetch-deployment for Deployment/fetch'],
    ],
    [
      'only the controller wrote it',
      [ENFORCE, server(), made({ managedFields: managers('chokepoint') }, { ingress: [{}] })],
      ['heal chokepoint-fetch for Deployment/fetch'],
    ],
    [
      'it is going',
      [ENFORCE, server(), made({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
      ['create chokepoint-fetch-deployment for Deployment/fetch'],
    ],
    [
      'it closes another server as it is',
      [
        ENFORCE,
        server(),
        server({ called: 'other', labels: { app: 'other' } }),
        made({}, { podSelector: { matchLabels: { app: 'other' } } }),
      ],
      ['create chokepoint-fetch-deployment for Deployment/fetch'],
    ],
    [
      'it closes another server until the policy of that one is written',
      [
        ENFORCE,
        server({ called: 'alpha', labels: { app: 'alpha' } }),
        server(),
        made({}, { podSelector: {}, policyTypes: ['Ingress'], ingress: [], egress: undefined }),
      ],
      ['create chokepoint-alpha for Deployment/alpha', 'create chokepoint-fetch-deployment for Deployment/fetch'],
    ],
  ])('heals: %s', (_title, manifests, expected) => {
    expect(planned(manifests)).toEqual(expected);
  });

  it.each<readonly [string, readonly Fields[], readonly string[]]>([
    ['its server is gone', [ENFORCE, MADE], ['delete chokepoint-fetch']],
    ['a Pod still runs', [ENFORCE, MADE, pod('fetch-abc-1', { gated: false })], []],
    ['a Pod is going', [ENFORCE, MADE, terminating(pod('fetch-abc-1', { gated: false }))], []],
    ['what it selects is no server', [ENFORCE, MADE, DATABASE], ['delete chokepoint-fetch']],
    [
      'its server says that it is none',
      [ENFORCE, MADE, server({ ownLabels: {}, labels: { app: 'fetch', 'chokepoint.dev/mcp-server': 'false' } })],
      ['delete chokepoint-fetch'],
    ],
    ['another workload needs it', [ENFORCE, MADE, server({ called: 'other' })], []],
    ['somebody else wrote it', [ENFORCE, written('own', CLOSED)], []],
    ['somebody marked it by half', [ENFORCE, made({ annotations: {} })], []],
    ['the namespace only warns', [mode('warn'), MADE], []],
    ['the namespace creates nothing', [absent('hold'), MADE], []],
  ])('collects what it made: %s', (_title, manifests, expected) => {
    expect(planned(manifests)).toEqual(expected);
  });

  it.each<readonly [string, readonly Fields[], readonly string[]]>([
    ['the Pod is closed', [ENFORCE, server(), REPLICA_SET, MADE, pod('fetch-abc-1')], ['lift fetch-abc-1']],
    ['the policy is about to be written', [ENFORCE, server(), REPLICA_SET, pod('fetch-abc-1')], [CREATED]],
    ['it is closed by somebody else', [ENFORCE, written('own', CLOSED), pod('p', { owners: [] })], ['lift p']],
    ['it is no server', [ENFORCE, pod('p', { owners: [], labels: { app: 'web' }, ports: ['http:80'] })], ['lift p']],
    ['it is going', [ENFORCE, MADE, terminating(pod('fetch-abc-1'))], []],
    ['it has no gate', [ENFORCE, server(), REPLICA_SET, MADE, pod('fetch-abc-1', { gated: false })], []],
    [
      'a second policy opens it',
      [ENFORCE, server(), REPLICA_SET, MADE, written('open', OPEN), pod('fetch-abc-1')],
      ['event Pod/fetch-abc-1 TrafficOpen'],
    ],
    [
      'a policy of another API may open it',
      [
        ENFORCE,
        server(),
        REPLICA_SET,
        MADE,
        {
          apiVersion: 'cilium.io/v2',
          kind: 'CiliumNetworkPolicy',
          metadata: { name: 'c', namespace: NAMESPACE },
          spec: {},
        },
        pod('fetch-abc-1'),
      ],
      ['event Pod/fetch-abc-1 TrafficOpen'],
    ],
  ])('lifts gates: %s', (_title, manifests, expected) => {
    expect(planned(manifests)).toEqual(expected);
  });

  const HELD = [server(), REPLICA_SET, pod('fetch-abc-1')];
  const DRIFTED = made({}, { ingress: [{}] });
  it.each<readonly [string, Fields, readonly Fields[], readonly string[]]>([
    ['off', mode('off'), HELD, []],
    ['audit', mode('audit'), HELD, []],
    ['warn', mode('warn'), HELD, []],
    ['enforce', mode('enforce'), HELD, [CREATED]],
    ['a label that cannot be read', mode('enforced'), HELD, [CREATED]],
    ['create', absent('create'), HELD, [CREATED]],
    ['hold', absent('hold'), HELD, ['event Pod/fetch-abc-1 PolicyAbsent']],
    ['reject', absent('reject'), HELD, []],
    ['hold, closed', absent('hold'), [...HELD, MADE], ['lift fetch-abc-1']],
    ['reject, closed', absent('reject'), [...HELD, MADE], []],
    ['hold, drifted', absent('hold'), [...HELD, DRIFTED], ['event Pod/fetch-abc-1 TrafficOpen']],
    ['reject, drifted', absent('reject'), [...HELD, DRIFTED], ['heal chokepoint-fetch for Deployment/fetch']],
    ['audit, drifted', mode('audit'), [...HELD, DRIFTED], []],
  ])('does what it may where the namespace says %s', (_title, namespace, manifests, expected) => {
    expect(planned([namespace, ...manifests])).toEqual(expected);
  });

  it('puts its policies right when the gateways change', () => {
    const from = [{ namespaceSelector: inNamespace('edge'), podSelector: {} }];
    const changed = createJudge(gatePolicy({ mode: 'enforce', gateways: [{ name: 'edge', from }] }));
    expect(planned([ENFORCE, server(), MADE], changed)).toEqual(['heal chokepoint-fetch for Deployment/fetch']);
  });

  it('writes its marks and the correct policy, and names what it heals', () => {
    const [action] = reconcile(
      cluster([ENFORCE, server(), made({ uid: 'x' }, { ingress: [{}] })]).world(),
      NAMESPACE,
      JUDGE,
    );
    expect(action).toEqual({
      kind: 'apply-policy',
      manifest: { ...MADE, metadata: { ...marks(), name: 'chokepoint-fetch', namespace: NAMESPACE } },
      server: { kind: 'Deployment', namespace: NAMESPACE, name: 'fetch', uid: 'uid-2' },
      heals: 'uid-3',
    });
  });

  it('says in words why a Pod is held', () => {
    const world = cluster([ENFORCE, server(), REPLICA_SET, MADE, written('open', OPEN), pod('fetch-abc-1')]).world();
    const [action] = reconcile(world, NAMESPACE, JUDGE);
    expect(action?.kind === 'event' && action.note).toContain('NetworkPolicy tools/open spec.ingress[0]');
  });
});

function terminating(manifest: Fields): Fields {
  return { ...manifest, metadata: { ...(manifest.metadata as Fields), deletionTimestamp: '2026-01-01T00:00:00Z' } };
}

describe('the directions of a policy that is made', () => {
  const INGRESS = written('theirs', { ...CLOSED, policyTypes: ['Ingress'] });
  const EGRESS = written('theirs', { ...CLOSED, policyTypes: ['Egress'] });
  it.each<readonly [string, readonly Fields[], readonly (readonly string[])[]]>([
    ['are both where nobody isolates the server', [ENFORCE, server()], [['Ingress', 'Egress']]],
    ['leave out what somebody else closed', [ENFORCE, server(), EGRESS], [['Ingress']]],
    ['hold the gateway open where somebody else shut it out', [ENFORCE, server(), INGRESS], [['Ingress', 'Egress']]],
    ['stay where somebody else closes one besides', [ENFORCE, server(), MADE, EGRESS], []],
  ])('%s', (_title, manifests, types) => {
    const actions = reconcile(cluster(manifests).world(), NAMESPACE, JUDGE);
    const policies = actions.filter(action => action.kind === 'apply-policy');
    expect(policies.map(({ manifest }) => manifest.spec.policyTypes)).toEqual(types);
  });
});

describe('the gateway of a policy that is made, where none is configured', () => {
  const UNCONFIGURED = createJudge(gatePolicy({ mode: 'enforce' }));
  const TRAEFIK = workloadManifest({
    called: 'traefik',
    namespace: 'traefik',
    labels: { 'app.kubernetes.io/name': 'traefik' },
  });
  const told = 'event Deployment/fetch GatewayUnknown';
  const admitted = (manifests: readonly Fields[]): unknown => {
    const actions = reconcile(cluster([ENFORCE, server(), ...manifests]).world(), NAMESPACE, UNCONFIGURED);
    return actions.flatMap(action => (action.kind === 'apply-policy' ? [action.manifest.spec.ingress] : []));
  };
  const applied = (manifests: readonly Fields[]): Fields => {
    const actions = reconcile(cluster([ENFORCE, server(), ...manifests]).world(), NAMESPACE, UNCONFIGURED);
    const action = actions.find(({ kind }) => kind === 'apply-policy');
    return action?.kind === 'apply-policy' ? { ...action.manifest } : {};
  };

  it('is the one that runs in its usual namespace', () => {
    const from = [
      {
        namespaceSelector: inNamespace('traefik'),
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'traefik' } },
      },
    ];
    expect(admitted([TRAEFIK])).toEqual([[{ from, ports: [{ protocol: 'TCP', port: 8080 }] }]]);
  });

  it.each<readonly [string, readonly Fields[]]>([
    ['none is there', []],
    [
      'its labels are somewhere else',
      [workloadManifest({ called: 'traefik', namespace: 'evil', labels: { 'app.kubernetes.io/name': 'traefik' } })],
    ],
    [
      'its labels are beside the server',
      [workloadManifest({ called: 'traefik', namespace: NAMESPACE, labels: { 'app.kubernetes.io/name': 'traefik' } })],
    ],
    [
      'its image is somewhere else',
      [
        workloadManifest({
          called: 'envoy',
          namespace: 'evil',
          labels: { app: 'envoy' },
          image: 'envoyproxy/envoy:v1.31',
        }),
      ],
    ],
    [
      'it is in the network of its node',
      [
        {
          ...TRAEFIK,
          spec: {
            template: { metadata: { labels: { 'app.kubernetes.io/name': 'traefik' } }, spec: { hostNetwork: true } },
          },
        },
      ],
    ],
  ])('is nobody, which is told: %s', (_title, manifests) => {
    expect(admitted(manifests)).toEqual([[]]);
    expect(planned([ENFORCE, server(), ...manifests], UNCONFIGURED)).toEqual([told, CREATED]);
  });

  it('is let in once it comes, and stays when it goes for a while', () => {
    const [closed, open] = [applied([]), applied([TRAEFIK])];
    expect(planned([ENFORCE, server(), closed, TRAEFIK], UNCONFIGURED)).toEqual([
      'heal chokepoint-fetch for Deployment/fetch',
    ]);
    expect(planned([ENFORCE, server(), open], UNCONFIGURED)).toEqual([]);
  });

  it('is no reason to leave a rule that somebody added', () => {
    const drifted = { ...applied([TRAEFIK]), spec: { ...CLOSED, ingress: [{}] } };
    expect(planned([ENFORCE, server(), drifted], UNCONFIGURED)).toEqual([
      told,
      'heal chokepoint-fetch for Deployment/fetch',
    ]);
  });

  it('lets a held Pod go once the server is closed', () => {
    expect(planned([ENFORCE, server(), REPLICA_SET, applied([]), pod('fetch-abc-1')], UNCONFIGURED)).toEqual([
      'lift fetch-abc-1',
      told,
    ]);
  });
});
