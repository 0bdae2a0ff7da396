import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RULES } from '../../src/core/rules/index.ts';
import { createRandom } from '../support/random.ts';
import { ruleCases } from '../support/rule-cases.ts';
import { BROKEN, CLOSED, CONFIG, OPEN, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
  folder.write('m/all.yaml', [SERVER, CLOSED, OPEN].join('---\n'));
});
afterEach(() => folder.remove());

const save = async (...args: readonly string[]): Promise<void> =>
  void (await folder.run(['check', 'm', '--output', 'text', '--report', 'json=base.json', ...args]));
const against = (...args: readonly string[]) => folder.run(['check', 'm', '--against', 'base.json', ...args]);
const saidOf = (stdout: string): string | undefined => /Against .*/.exec(stdout)?.[0];

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec: {type: NodePort, selector: {app: orders}, ports: [{port: 80, nodePort: 30080}]}
`;

describe('check --against another GatePolicy', () => {
  const NEXT = CONFIG.replace('spec:\n', 'spec:\n  rules: {ingress-beyond-gateway: {level: warn}}\n');
  const compared = (config: string, other: string, ...args: readonly string[]) =>
    folder.run(['check', 'm', '--config', config, '--against', other, ...args]);
  beforeEach(() => folder.write('next.yaml', NEXT));

  test('says which verdicts the changed one flips, and fails for what it brings', async () => {
    const eased = await compared('next.yaml', 'chokepoint.yaml');
    expect([eased.status, saidOf(eased.stdout)]).toEqual([
      0,
      'Against chokepoint.yaml: 1 known, 0 new, 0 gone. Verdicts flip: shop/Deployment/orders deny → allow.',
    ]);
    const tightened = await compared('chokepoint.yaml', 'next.yaml');
    expect([tightened.status, saidOf(tightened.stdout)]).toEqual([
      1,
      'Against next.yaml: 0 known, 1 new, 0 gone. Verdicts flip: shop/Deployment/orders allow → deny.',
    ]);
  });

  test('says so where none flips, and takes it as JSON too', async () => {
    folder.write(
      'other.json',
      JSON.stringify({ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', spec: { gateways: [] } }, null, 2),
    );
    expect(saidOf((await compared('chokepoint.yaml', 'chokepoint.yaml')).stdout)).toMatch(/No verdict flips\.$/);
    const { stdout } = await compared('chokepoint.yaml', 'other.json', '-o', 'json');
    expect(JSON.parse(stdout).summary.against).toMatchObject({ report: 'other.json', flipped: [] });
  });

  test('tells a server that only one of both takes for one', async () => {
    folder.write('blind.yaml', CONFIG.replace('spec:\n', 'spec:\n  detection: {disabled: []}\n'));
    folder.write(
      'm/all.yaml',
      SERVER.replace('chokepoint.dev/mcp-server: "true"', 'tier: back').replace('name: mcp', 'name: http'),
    );
    folder.write('seen.yaml', CONFIG.replace('spec:\n', 'spec:\n  detection: {images: [registry.example/orders]}\n'));
    const { stdout } = await compared('seen.yaml', 'blind.yaml', '-o', 'json');
    expect(JSON.parse(stdout).summary.against.flipped).toEqual([
      { namespace: 'shop', kind: 'Deployment', name: 'orders', before: null, after: 'deny' },
    ]);
  });

  test('ends with 2 where it cannot be used', async () => {
    folder.write('bad.yaml', CONFIG.replace('spec:\n', 'spec:\n  mode: strict\n'));
    const { status, stderr } = await compared('chokepoint.yaml', 'bad.yaml');
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/--against bad\.yaml: it cannot be used:\n.*spec\.mode/),
    ]);
  });
});

describe('check --against a dataplane', () => {
  const WIDE = CLOSED.replace(
    '  egress:\n',
    '  egress:\n  - to: [{ipBlock: {cidr: 10.244.0.0/16}}]\n    ports: [{protocol: TCP, port: 443}]\n',
  );
  beforeEach(() => {
    const networks = 'protectedNetworks: {pods: [10.244.0.0/16], services: [], nodes: [], controlPlane: []}';
    folder.write('chokepoint.yaml', `${CONFIG}  ${networks}\n`);
    folder.write('m/all.yaml', [SERVER, WIDE].join('---\n'));
  });

  test('says which verdicts flip where a cluster moves from one to the other', async () => {
    const moved = await folder.run(['check', 'm', '--dataplane', 'calico', '--against', 'dataplane=cilium']);
    expect([moved.status, saidOf(moved.stdout)]).toEqual([
      1,
      'Against dataplane cilium: 0 known, 1 new, 0 gone. Verdicts flip: shop/Deployment/orders allow → deny.',
    ]);
  });

  test('names those that there are where there is none of the name', async () => {
    const { status, stderr } = await folder.run(['check', 'm', '--against', 'dataplane=iptables']);
    expect([status, stderr]).toEqual([2, expect.stringContaining('it is one of antrea, aws, calico, cilium')]);
  });
});

describe('check --against', () => {
  test('passes what is known, fails what is new, and counts what is gone', async () => {
    expect((await folder.run(['check', 'm'])).status).toBe(1);
    await save();
    const same = await against();
    expect([same.status, saidOf(same.stdout)]).toEqual([0, 'Against base.json: 1 known, 0 new, 0 gone.']);
    folder.write('m/service.yaml', SERVICE);
    const more = await against();
    expect([more.status, saidOf(more.stdout)]).toEqual([1, 'Against base.json: 1 known, 1 new, 0 gone.']);
    folder.write('m/all.yaml', [SERVER, CLOSED].join('---\n'));
    const other = await against();
    expect([other.status, saidOf(other.stdout)]).toEqual([1, 'Against base.json: 0 known, 1 new, 1 gone.']);
  });

  test('takes a report of a folder in which a GatePolicy stands', async () => {
    folder.write('with/chokepoint.yaml', CONFIG);
    folder.write('with/server.yaml', SERVER);
    const saved = await folder.run(['check', 'with', '--report', 'json=saved.json']);
    const { status, stdout } = await folder.run(['check', 'with', '--against', 'saved.json']);
    expect([saved.status, status]).toEqual([1, 0]);
    expect(stdout).toContain('saved.json');
  });

  test('tells it in JSON, by finding and in the summary', async () => {
    await save();
    folder.write('m/service.yaml', SERVICE);
    const { summary, servers } = JSON.parse((await against('--output', 'json')).stdout);
    expect(summary.against).toEqual({ report: 'base.json', known: 1, new: 1, gone: 0 });
    expect(servers[0].findings.map(({ rule, known }: Record<string, unknown>) => [rule, known])).toEqual([
      ['ingress-beyond-gateway', true],
      ['service-exposed', false],
    ]);
  });

  test('takes a policy that opens more for new', async () => {
    folder.write(
      'm/all.yaml',
      [SERVER, CLOSED, OPEN.replace('namespaceSelector: {}', 'ipBlock: {cidr: 198.51.100.0/25}')].join('---\n'),
    );
    await save();
    folder.write(
      'm/all.yaml',
      [SERVER, CLOSED, OPEN.replace('namespaceSelector: {}', 'ipBlock: {cidr: 198.51.100.0/26}')].join('---\n'),
    );
    expect((await against()).status).toBe(0);
    folder.write(
      'm/all.yaml',
      [SERVER, CLOSED, OPEN.replace('namespaceSelector: {}', 'ipBlock: {cidr: 198.51.100.0/24}')].join('---\n'),
    );
    expect((await against()).status).toBe(1);
  });

  test('drops what is gone where the report is written again, also in place of itself', async () => {
    await save();
    folder.write('m/all.yaml', [SERVER, CLOSED].join('---\n'));
    const { status, stdout } = await against('--report', 'json=base.json');
    expect([status, saidOf(stdout)]).toEqual([0, 'Against base.json: 0 known, 0 new, 1 gone.']);
    expect(saidOf((await against()).stdout)).toBe('Against base.json: 0 known, 0 new, 0 gone.');
    expect(JSON.parse(readFileSync(join(folder.path, 'base.json'), 'utf8')).summary.deny).toBe(0);
  });

  test('fails for what cannot be read all the same', async () => {
    await save();
    folder.write('m/broken.yaml', BROKEN);
    expect((await against()).status).toBe(2);
  });

  test('and new warnings where warnings fail', async () => {
    folder.write('m/all.yaml', [SERVER, CLOSED].join('---\n'));
    folder.write('none.yaml', `${CONFIG.slice(0, CONFIG.indexOf('spec:'))}spec: {}\n`);
    const warned = ['--config', 'none.yaml', '--fail-on', 'warn'];
    await save();
    expect((await against(...warned)).status).toBe(1);
    await save('--config', 'none.yaml');
    expect((await against(...warned)).status).toBe(0);
  });

  test.each<readonly [title: string, text: string | undefined, stderr: RegExp]>([
    [
      'is not there',
      undefined,
      /^chokepoint: --against base\.json: it is no file and no folder, and this is no git repository\n$/,
    ],
    ['is no JSON', '<xml/>', /^chokepoint: --against base\.json: this is no JSON: /],
    ['is empty', '', /^chokepoint: --against base\.json: this is no JSON: /],
    [
      'is another document',
      '{"version": "2.1.0", "runs": []}',
      /^chokepoint: --against base\.json: apiVersion: is required\n$/,
    ],
    [
      'is of another kind',
      '{"apiVersion": "chokepoint.dev/v1alpha1", "kind": "CheckSummary"}',
      /: kind: must be CheckReport, as check --output json writes it\n$/,
    ],
    [
      'lacks a field',
      '{"apiVersion": "chokepoint.dev/v1alpha1", "kind": "CheckReport", "servers": [{"findings": []}]}',
      /: servers\[0\]\.kind: is required\n$/,
    ],
    ['is too large', ' '.repeat(64 * 1024 * 1024 + 1), /: the file is larger than 67108864 bytes\n$/],
    ['is written for a terminal', '{"a": "\u001b[31m', /^[\n\P{Cc}]*\n$/u],
  ])('ends with 2 and says why where the report %s', async (_title, text, stderr) => {
    if (text !== undefined) folder.write('base.json', text);
    const ran = await against();
    expect([ran.status, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toMatch(stderr);
  });

  test('takes no report from standard input, which is for manifests', async () => {
    const { status, stderr } = await folder.run(['check', 'm', '--against', '-']);
    expect([status, stderr]).toEqual([2, 'chokepoint: --against must be a file: standard input is for manifests\n']);
  });
});

describe('a report has nothing new against itself, wherever its objects stand', () => {
  const random = createRandom(5);
  const cases = RULES.filter(({ judges }) => judges === 'server').flatMap(({ id }) =>
    ruleCases(id, 'fail').map(one => [`${id}: ${one.name}`, one] as const),
  );

  test.each(cases)('%s', async (_title, { world, policy }) => {
    if (policy !== undefined) folder.write('chokepoint.yaml', policy);
    folder.write('m/all.yaml', world);
    await save();
    const before = JSON.parse(readFileSync(join(folder.path, 'base.json'), 'utf8'));
    const count = before.servers.flatMap(({ findings, causes }: Record<string, unknown[]>) => [
      ...(findings ?? []),
      ...(causes ?? []),
    ]).length;
    const documents = random.shuffle(world.split(/^---\n/m));
    folder.write('m/all.yaml', '');
    for (const [index, text] of documents.entries())
      folder.write(`m/${random.int(9)}-${index}/moved.yaml`, `${'# a comment\n'.repeat(random.int(5))}${text}`);
    const { stdout } = await against();
    expect(saidOf(stdout)).toBe(`Against base.json: ${count} known, 0 new, 0 gone.`);
  });
});
