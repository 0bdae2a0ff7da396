import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Folder, temporaryFolder } from './run.ts';

const pod = (name: string, ip: string): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
spec: {containers: [{name: main, image: nginx}]}
status: {podIPs: [{ip: ${ip}}]}
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

  test('a query file that is not there is said', async () => {
    const { status, stderr } = await folder.run(['reach', 'world', '--queries', 'gone.jsonl']);
    expect(status).toBe(2);
    expect(stderr).toBe(
      "chokepoint: gone.jsonl cannot be read: ENOENT: no such file or directory, open 'gone.jsonl'\n",
    );
  });
});
