import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { firstLine } from '../support/first-line.ts';
import { pod } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

/** The plugin as users have it, on the path of the real kubectl: as one executable, and as npm links it. */

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const { kubeconfig, kubectl, folder: home } = inject('cluster');
const cluster = sharedCluster();
const folder = mkdtempSync(path.join(tmpdir(), 'chokepoint-plugin-'));
/** `bin` of an npm package is linked so. */
for (const name of ['kubectl-chokepoint', 'kubectl_complete-chokepoint'])
  symlinkSync(path.resolve('dist/chokepoint.js'), path.join(folder, name));

let namespace = '';
let executable = '';
let archive = '';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl where nothing but what is in these folders is on the path. Never throws for its exit code. */
function runKubectl(folders: readonly string[], args: readonly string[], stdin = ''): Promise<Ended> {
  const env = { PATH: folders.join(path.delimiter), HOME: home, KUBECONFIG: kubeconfig };
  return new Promise(resolve => {
    const child = execFile(kubectl, args, { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
    child.stdin?.end(stdin);
  });
}

beforeAll(async () => {
  const printed = execFileSync(process.execPath, ['packaging/sea.ts'], { encoding: 'utf8' });
  [executable = '', archive = ''] = printed.split('\n').map(file => path.resolve(file));
  namespace = await newNamespace(cluster, 'plugin');
  expectOk(
    await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, pod('open')),
    'a server without policy',
  );
}, 300_000);
afterAll(() => {
  cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each<[how: string, folders: () => readonly string[]]>([
  ['as one executable, without a Node.js', () => [path.dirname(executable)]],
  ['as npm links it', () => [folder, path.dirname(process.execPath)]],
])('kubectl chokepoint, %s,', (_, folders) => {
  test('is a plugin without a warning', async () => {
    const { code, stdout, stderr } = await runKubectl(folders(), ['plugin', 'list']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`${folders()[0]}/kubectl-chokepoint\n`);
  });

  test('tells its version', async () => {
    expect(await runKubectl(folders(), ['chokepoint', '--version'])).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });

  test("scans the cluster of kubectl's own kubeconfig, and ends with 1 where a server is open", async () => {
    const args = ['chokepoint', 'scan', '--namespace', namespace, '--output', 'json'];
    const { code, stdout } = await runKubectl(folders(), args);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ servers: [{ namespace, kind: 'Pod', name: 'open', verdict: 'deny' }] });
  });

  test('judges manifests of its standard input', async () => {
    const manifest = JSON.stringify(pod('open'));
    expect(await runKubectl(folders(), ['chokepoint', 'check', '-'], manifest)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('ingress-not-isolated'),
    });
    expect(await runKubectl(folders(), ['chokepoint', 'check', '-'], 'kind: [')).toMatchObject({ code: 2 });
  });

  test('serves the dashboard, and prints where', async () => {
    const env = { PATH: folders().join(path.delimiter), HOME: home, KUBECONFIG: kubeconfig };
    const child = spawn(kubectl, ['chokepoint', 'dashboard', '--port', '0'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    try {
      const answer = await fetch((await firstLine(child.stdout)).trim());
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('<title>Chokepoint')]);
    } finally {
      child.kill('SIGINT');
      await ended;
    }
  });

  test('completes its words when kubectl asks', async () => {
    const { stdout } = await runKubectl(folders(), ['__complete', 'chokepoint', 'scan', '--output', 'j']);
    expect(stdout).toBe('json\njunit\n:4\n');
  });
});

test('the archive is what the manifest of krew says it is', async () => {
  const args = ['packaging/krew.ts', '--uri', 'https://downloads.example/', archive];
  const manifest = load(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  const [platform] = (manifest as { spec: { platforms: Record<string, string>[] } }).spec.platforms;
  expect(platform).toMatchObject({
    uri: `https://downloads.example/${path.basename(archive)}`,
    sha256: createHash('sha256').update(readFileSync(archive)).digest('hex'),
    bin: 'kubectl-chokepoint',
  });
  const unpacked = path.join(folder, 'kubectl-chokepoint');
  rmSync(unpacked);
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  expect(execFileSync(unpacked, ['--version'], { encoding: 'utf8', env: {} })).toBe(`${version}\n`);
});
