import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLOSED, CONFIG, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

const unnamed = (text: string): string => text.replace(', namespace: shop', '').replace('\n  namespace: shop', '');
const LABELLED = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('server.yaml', unnamed(SERVER));
  folder.write('policy.yaml', unnamed(CLOSED));
  folder.write('named-policy.yaml', CLOSED);
  folder.write('namespace.yaml', LABELLED);
  folder.write('list.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [POD] }));
  folder.write('wrong.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: here\nspec: {containers: []}\n');
  folder.write('chokepoint.yaml', CONFIG);
});
afterAll(() => folder.remove());

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'orders', labels: { 'chokepoint.dev/mcp-server': 'true' } },
  spec: { containers: [{ name: 'main', image: 'nginx' }] },
};

describe('check --namespace', () => {
  test.each([
    ['puts what names none there', ['server.yaml', 'policy.yaml'], 'shop', 'shop', 0],
    ['leaves what names one where it is', ['server.yaml', 'named-policy.yaml'], 'other', 'other', 1],
    ['joins what names none with what names that one', ['server.yaml', 'named-policy.yaml'], 'shop', 'shop', 0],
    ['puts no cluster-wide object into one', ['server.yaml', 'policy.yaml', 'namespace.yaml'], 'shop', 'shop', 0],
    ['reaches into a List', ['list.json', 'policy.yaml'], 'shop', 'shop', 1],
  ])('%s', async (_, paths, namespace, expected, status) => {
    const ran = await folder.run(['check', ...paths, '-n', namespace, '--output', 'json']);
    const { servers, problems } = JSON.parse(ran.stdout);
    expect(servers.map((server: { namespace: string }) => server.namespace)).toEqual([expected]);
    expect({ status: ran.status, problems }).toEqual({ status, problems: [] });
  });

  test('mends no metadata that is not an object', async () => {
    const { status, stdout } = await folder.run(['check', 'wrong.yaml', '-n', 'shop']);
    expect(status).toBe(2);
    expect(stdout).toContain('metadata: expected an object, got a string');
  });

  test.each(['Shop', 'a.b', '-a', '', 'a'.repeat(64)])('takes no %j', async name => {
    const { status, stderr } = await folder.run(['check', 'server.yaml', '--namespace', name]);
    expect(status).toBe(2);
    expect(stderr).toContain('It must be the name of a namespace');
  });
});

describe('the namespace that is assumed', () => {
  test.each([
    ['is told once, at the first object that names none', ['namespace.yaml', 'server.yaml', 'policy.yaml'], 2],
    ['is told where some name one and others none', ['server.yaml', 'named-policy.yaml'], 1],
  ])('%s', async (_, paths, count) => {
    const { stdout } = await folder.run(['check', ...paths, '--output', 'json']);
    const { problems } = JSON.parse(stdout);
    expect(problems).toEqual([
      expect.objectContaining({ severity: 'warning', code: 'assumed-namespace', file: 'server.yaml', line: 1 }),
    ]);
    expect(problems[0].message).toContain(`${count} object`);
  });

  test('is not told where all name one, or a namespace is given', async () => {
    for (const args of [
      ['named-policy.yaml', 'namespace.yaml'],
      ['server.yaml', '-n', 'default'],
    ])
      expect((await folder.run(['check', ...args])).stdout).not.toContain('assumed-namespace');
  });
});

test('generate judges in the given namespace and writes none, so that policy and server go to the same', async () => {
  const { status, stdout, stderr } = await folder.run(['generate', 'server.yaml', '-n', 'shop']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('  name: orders');
  expect(stdout).not.toContain('namespace: shop');
});

test('generate says on standard error what it assumed', async () => {
  const { stderr } = await folder.run(['generate', 'server.yaml']);
  expect(stderr).toContain('1 object names no namespace and is judged in "default"');
});

test('reach finds a pod in the given namespace', async () => {
  const query = ['--from', '10.9.9.9', '--to', 'shop/orders', '--port', '80'];
  const { status, stdout } = await folder.run(['reach', 'list.json', '-n', 'shop', ...query]);
  expect(status).toBe(0);
  expect(stdout).toContain('shop/orders');
});
