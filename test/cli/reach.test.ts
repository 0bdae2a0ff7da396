import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Folder, temporaryFolder } from './run.ts';

const pod = (name: string, ip: string): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
spec: {containers: [{name: main, image: nginx}]}
status: {hostIP: 192.0.2.1, podIPs: [{ip: ${ip}}]}
`;

const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
`;

const query = (from: object, to: object, port: unknown = 5432): string =>
  JSON.stringify({ from, to, port, protocol: 'TCP' });
const [WEB, DB, DEV] = ['web', 'db', 'dev'].map(name => ({ pod: `shop/${name}` })) as [object, object, object];

const OPEN = '{"allowed":true,"by":[]}';
const CLOSED = '{"allowed":false,"by":[]}';
const BY_POLICY = '{"allowed":true,"by":[{"policy":"shop/db","path":"spec.ingress[0].from[0]"}]}';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write(
    'world/pods.yaml',
    [pod('web', '10.0.0.1'), pod('db', '10.0.0.2'), pod('dev', '10.0.0.3')].join('---\n'),
  );
  folder.write('world/policy.yaml', POLICY);
  folder.write('broken/a.yaml', `${pod('web', '10.0.0.1')}---\nkind: [\n`);
});
afterAll(() => folder.remove());

describe('reach answers each line of a query file in its place', () => {
  test('a bad line gets an error, a line on standard error, and the status 2', async () => {
    const lines = [
      query(WEB, DB),
      'nonsense',
      query(DEV, DB),
      '',
      query(WEB, DB, 0),
      query(WEB, { pod: 'shop/gone' }),
      query({ ip: '10.0.0.1' }, DB),
    ];
    folder.write('queries.jsonl', lines.join('\n'));
    const ran = await folder.run(['reach', 'world', '--queries', 'queries.jsonl']);
    expect(ran).toEqual({
      status: 2,
      stdout: [
        `{"allowed":true,"egress":${OPEN},"ingress":${BY_POLICY}}`,
        `{"error":"not JSON: Unexpected token 'o', \\"nonsense\\" is not valid JSON"}`,
        `{"allowed":false,"egress":${OPEN},"ingress":${CLOSED}}`,
        '{"error":"port: expected a whole number from 1 to 65535"}',
        '{"error":"pod shop/gone is not in the manifests"}',
        `{"allowed":true,"egress":${OPEN},"ingress":${BY_POLICY}}`,
        '',
      ].join('\n'),
      stderr: [
        'query line 2: not JSON: Unexpected token \'o\', "nonsense" is not valid JSON',
        'query line 5: port: expected a whole number from 1 to 65535',
        'query line 6: pod shop/gone is not in the manifests',
        '',
      ].join('\n'),
    });
  });

  test('standard input is a query file too, and a last line needs no end', async () => {
    const ran = await folder.run(['reach', 'world', '--queries', '-'], {
      stdin: `${query(DEV, DB)}\r\n${query(DB, WEB)}`,
    });
    expect(ran).toEqual({
      status: 0,
      stdout: `{"allowed":false,"egress":${OPEN},"ingress":${CLOSED}}\n{"allowed":true,"egress":${OPEN},"ingress":${OPEN}}\n`,
      stderr: '',
    });
  });

  test('an unknown field is passed over, with a warning at its first line', async () => {
    const line = JSON.stringify({ from: { ...DEV, port: 1 }, to: DB, port: 5432, protocl: 'UDP' });
    const ran = await folder.run(['reach', 'world', '--queries', '-'], { stdin: `${line}\n${line}\n` });
    const answer = `{"allowed":false,"egress":${OPEN},"ingress":${CLOSED}}\n`;
    expect(ran).toEqual({
      status: 0,
      stdout: `${answer}${answer}`,
      stderr:
        'query line 1: warning: unknown field "protocl" is passed over\nquery line 1: warning: unknown field "from.port" is passed over\n',
    });
  });

  test('what a line holds is shown on standard error without anything invisible', async () => {
    const { stderr } = await folder.run(['reach', 'world', '--queries', '-'], {
      stdin: query({ pod: 'shop/\u001b[31m' }, DB),
    });
    expect(stderr).toBe('query line 1: pod shop/[31m is not in the manifests\n');
  });

  test.each([
    [
      ['world', '--queries', 'q.jsonl', '--port', '80'],
      'reach takes --queries FILE, or --from, --to and --port: not both',
    ],
    [['-', '--queries', '-'], 'standard input holds the manifests or the queries: not both'],
  ])('what cannot both be is wrong usage: %j', async (args, message) => {
    expect(await folder.run(['reach', ...args])).toEqual({ status: 2, stdout: '', stderr: `chokepoint: ${message}\n` });
  });

  test('lines that are cut by the pieces of a long input are whole again', async () => {
    const lines = Array.from({ length: 30_000 }, () => `${query(DEV, DB)}${' '.repeat(7)}`);
    const { status, stdout } = await folder.run(['reach', 'world', '--queries', '-'], { stdin: lines.join('\n') });
    expect(status).toBe(0);
    expect(new Set(stdout.trimEnd().split('\n'))).toEqual(
      new Set([`{"allowed":false,"egress":${OPEN},"ingress":${CLOSED}}`]),
    );
    expect(stdout.length).toBe(30_000 * (`{"allowed":false,"egress":${OPEN},"ingress":${CLOSED}}`.length + 1));
  });

  test('a world that cannot be read whole is said, and makes the status 2', async () => {
    const { status, stdout, stderr } = await folder.run(['reach', 'broken', '--queries', '-'], {
      stdin: query(WEB, WEB),
    });
    expect(status).toBe(2);
    expect(stdout).toBe(`{"allowed":true,"egress":${OPEN},"ingress":${OPEN}}\n`);
    expect(stderr).toMatch(/^broken\/a\.yaml:\d+:\d+: error: .*\n$/);
  });
});

describe('reach answers one query in words', () => {
  test.each([
    [
      'by which rule it is allowed',
      ['--from', 'shop/web', '--to', 'shop/db'],
      `Yes: pod shop/web can open TCP 5432 of pod shop/db.
  egress of pod shop/web: allowed: no NetworkPolicy isolates its egress
  ingress of pod shop/db: allowed by NetworkPolicy shop/db, spec.ingress[0].from[0]
`,
    ],
    [
      'by which policy it is refused',
      ['--from', '203.0.113.7', '--to', 'shop/db'],
      `No: 203.0.113.7 cannot open TCP 5432 of pod shop/db.
  egress of 203.0.113.7: allowed: no NetworkPolicy isolates its egress
  ingress of pod shop/db: refused: NetworkPolicies isolate its ingress (shop/db), and no rule of theirs allows this
`,
    ],
    [
      'that a pod reaches itself',
      ['--from', 'shop/db', '--to', 'shop/db'],
      `Yes: pod shop/db can open TCP 5432 of pod shop/db.
  egress of pod shop/db: allowed: no NetworkPolicy isolates its egress
  ingress of pod shop/db: allowed: it is the same pod
`,
    ],
    [
      'that its own node reaches a pod, whatever policies say',
      ['--from', '192.0.2.1', '--to', 'shop/db'],
      `By policies, no: 192.0.2.1 could not open TCP 5432 of pod shop/db.
  egress of 192.0.2.1: allowed: no NetworkPolicy isolates its egress
  ingress of pod shop/db: refused: NetworkPolicies isolate its ingress (shop/db), and no rule of theirs allows this
  its own node: packets between a Pod and its own node pass, whatever policies say
`,
    ],
    [
      'that of its own node, with the walk',
      ['--from', 'shop/db', '--to', '192.0.2.1', '--explain'],
      `Yes: pod shop/db can open TCP 5432 of 192.0.2.1.
  egress of pod shop/db: allowed: no NetworkPolicy isolates its egress
    allow: no rule decides
  ingress of 192.0.2.1: allowed: no NetworkPolicy isolates its ingress
    allow: no rule decides
  its own node: packets between a Pod and its own node pass, whatever policies say
`,
    ],
    [
      'that of its own node, as JSON',
      ['--from', 'shop/db', '--to', '192.0.2.1', '--output', 'json'],
      `{"allowed":true,"egress":${OPEN},"ingress":${OPEN},"ownNode":true}\n`,
    ],
    [
      'as JSON',
      ['--from', 'shop/web', '--to', 'shop/db', '--output', 'json'],
      `{"allowed":true,"egress":${OPEN},"ingress":${BY_POLICY}}\n`,
    ],
  ])('%s', async (_, args, stdout) => {
    expect(await folder.run(['reach', 'world', ...args, '--port', '5432'])).toEqual({ status: 0, stdout, stderr: '' });
  });

  test.each([
    [
      'a pod that is not there',
      ['--from', 'shop/gone', '--to', 'shop/db', '--port', '1'],
      'chokepoint: pod shop/gone is not in the manifests\n',
    ],
    [
      'an octet that is too large',
      ['--from', '10.0.0.300', '--to', 'shop/db', '--port', '1'],
      'chokepoint: from.ip: "10.0.0.300" is no address: Value given contains an invalid Octet; Value is less than zero or is greater than 8bit\n',
    ],
    [
      'an IPv6 address with two gaps',
      ['--from', 'shop/web', '--to', '1::2::3', '--port', '1'],
      'chokepoint: to.ip: "1::2::3" is no address: Given IPv6 is not confirm to a valid IPv6 address\n',
    ],
    [
      'no port',
      ['--from', 'shop/web', '--to', 'shop/db'],
      'chokepoint: reach needs --queries FILE, or --from, --to and --port\n',
    ],
  ])('%s is a wrong usage', async (_, args, stderr) => {
    expect(await folder.run(['reach', 'world', ...args])).toEqual({ status: 2, stdout: '', stderr });
  });

  test('a name that is not there brings to mind the one that comes near', async () => {
    const { stderr } = await folder.run(['reach', 'world', '--from', 'shop/wb', '--to', 'shop/db', '--port', '1']);
    expect(stderr).toBe('chokepoint: pod shop/wb is not in the manifests; did you mean "shop/web"?\n');
  });

  test('a query file that is not there is said', async () => {
    const { status, stderr } = await folder.run(['reach', 'world', '--queries', 'gone.jsonl']);
    expect(status).toBe(2);
    expect(stderr).toBe(
      "chokepoint: gone.jsonl cannot be read: ENOENT: no such file or directory, open 'gone.jsonl'\n",
    );
  });
});

const deployment = (name: string, namespace: string, ports: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: nginx, ports: [${ports}]}]}
`;

const WEATHER = `${deployment('weather', 'tools', '{name: mcp, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}')}---
${deployment('envoy', 'gateway', '{name: http, containerPort: 80}')}---
${deployment('bare', 'gateway', '')}---
apiVersion: v1
kind: Service
metadata: {name: public, namespace: tools}
spec: {type: LoadBalancer, selector: {app: weather}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: weather, namespace: tools}
spec:
  podSelector: {matchLabels: {app: weather}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: gateway}}
      podSelector: {matchLabels: {app: envoy}}
    ports: [{port: mcp}]
  - from: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.1/32]}}]
    ports: [{protocol: UDP, port: 53}]
  egress:
  - to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]
    ports: [{port: 443}, {port: http}]
  - to: [{namespaceSelector: {}}]
`;

const OUTSIDE = 'What Services, load balancers and address translation (NAT) lead elsewhere is outside this answer';

describe('reach with one end lists the other ends', () => {
  beforeAll(() => folder.write('tools/all.yaml', WEATHER));

  test.each([
    [
      'who can reach a workload, at the ports that it declares',
      ['--to', 'tools/weather'],
      `Workloads that can reach Deployment tools/weather:
  Deployment gateway/envoy: TCP 8080 (mcp)
      NetworkPolicy tools/weather, spec.ingress[0].from[0]
Its own policies admit, here or not:
  pods app=envoy in namespaces kubernetes.io/metadata.name=gateway: TCP 8080
      NetworkPolicy tools/weather, spec.ingress[0].from[0]
  addresses 192.0.2.0/24 except 192.0.2.1/32: UDP 53
      NetworkPolicy tools/weather, spec.ingress[1].from[0]
The node that it runs on can reach it, and Pods in the network of that node, whatever policies say.
${OUTSIDE}; Service tools/public publishes it.
`,
    ],
    [
      'what a workload can reach',
      ['--from', 'tools/weather'],
      `Workloads that Deployment tools/weather can reach:
  Deployment gateway/envoy: TCP 80 (http)
      NetworkPolicy tools/weather, spec.egress[1].to[0]
Its own policies let it out, here or not, to:
  addresses 0.0.0.0/0 except 10.0.0.0/8: TCP 443
      NetworkPolicy tools/weather, spec.egress[0].to[0]
  all pods in every namespace: every port
      NetworkPolicy tools/weather, spec.egress[1].to[0]
It can reach the node that it runs on, and Pods in the network of that node, whatever policies say.
Without a declared port, so ask with --port: Deployment gateway/bare
${OUTSIDE}.
`,
    ],
    [
      'who can reach one port, by its name',
      ['--to', 'tools/weather', '--port', 'dns'],
      `Workloads that can reach Deployment tools/weather: none of the manifests
Its own policies admit, here or not:
  addresses 192.0.2.0/24 except 192.0.2.1/32: UDP 53
      NetworkPolicy tools/weather, spec.ingress[1].from[0]
The node that it runs on can reach it, and Pods in the network of that node, whatever policies say.
${OUTSIDE}; Service tools/public publishes it.
`,
    ],
    [
      'who can reach what no policy isolates',
      ['--to', 'gateway/bare', '--port', '9'],
      `Workloads that can reach Deployment gateway/bare:
  Deployment gateway/envoy: TCP 9
      no NetworkPolicy isolates its ingress
  Deployment tools/weather: TCP 9
      no NetworkPolicy isolates its ingress
Its own policies admit, here or not:
  anything, inside the cluster and outside: TCP 9
      no NetworkPolicy isolates its ingress
The node that it runs on can reach it, and Pods in the network of that node, whatever policies say.
${OUTSIDE}.
`,
    ],
    [
      'who can reach an address, by the policies of each',
      ['--to', '203.0.113.7', '--port', '443'],
      `Workloads that can reach 203.0.113.7:
  Deployment gateway/bare: TCP 443
      no NetworkPolicy isolates its egress
  Deployment gateway/envoy: TCP 443
      no NetworkPolicy isolates its egress
  Deployment tools/weather: TCP 443
      NetworkPolicy tools/weather, spec.egress[0].to[0]
${OUTSIDE}.
`,
    ],
    [
      'who can reach a workload, as JSON',
      ['--to', 'tools/weather', '--port', 'mcp', '-o', 'json'],
      `${JSON.stringify({
        to: 'tools/Deployment/weather',
        workloads: [
          {
            workload: 'gateway/Deployment/envoy',
            ports: [{ port: 8080, protocol: 'TCP', name: 'mcp' }],
            by: [{ policy: 'tools/weather', path: 'spec.ingress[0].from[0]' }],
          },
        ],
        unknown: [],
        rules: [
          {
            namespace: 'tools',
            peer: {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway' } },
              podSelector: { matchLabels: { app: 'envoy' } },
            },
            ports: [{ protocol: 'TCP', port: 8080 }],
            by: { policy: 'tools/weather', path: 'spec.ingress[0].from[0]' },
          },
        ],
        withoutPorts: [],
      })}\n`,
    ],
  ])('%s', async (_, args, stdout) => {
    expect(await folder.run(['reach', 'tools', ...args])).toEqual({ status: 0, stdout, stderr: '' });
  });

  test.each([
    [
      'a port that the destination does not name',
      ['--to', 'tools/weather', '--port', 'nope'],
      'port nope of pod tools/weather is not in the manifests',
    ],
    [
      'a destination that declares no port',
      ['--to', 'gateway/bare'],
      'pod gateway/bare declares no port: say with --port which one is to be reached',
    ],
    [
      'a Service, which is no pod',
      ['--to', 'tools/public', '--port', '80'],
      'pod tools/public is not in the manifests; Service tools/public is, but reach answers for pods: ask for the workload behind it',
    ],
  ])('%s has no answer', async (_, args, message) => {
    expect(await folder.run(['reach', 'tools', ...args])).toEqual({
      status: 2,
      stdout: '',
      stderr: `chokepoint: ${message}\n`,
    });
  });

  test('a query line names a port too, and its kind', async () => {
    const line = JSON.stringify({
      from: { pod: 'gateway/envoy' },
      to: { pod: 'tools/Deployment/weather' },
      port: 'mcp',
    });
    const { status, stdout } = await folder.run(['reach', 'tools', '--queries', '-'], { stdin: line });
    expect([status, JSON.parse(stdout).allowed]).toEqual([0, true]);
  });
});
