import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPodman, RESTRICTED } from './podman.ts';
import { buildArguments, makeStandIns, PACKAGE, RUN_IMAGE } from './stand-in.ts';

/**
 * Builds the Dockerfile without a container engine's daemon, on stand-ins of its base images (the machine may pull none), and runs what came out
 * with nothing allowed to it.
 */

const IMAGE = 'localhost/chokepoint:test';
const isAvailable = ['podman', 'runc'].every(program => spawnSync(program, ['--version']).status === 0);
// What is skipped must not look green where nobody reads what is said.
if (!isAvailable && process.env.CI !== undefined) throw new Error('the image needs podman and runc');

const folder = path.join(tmpdir(), `chokepoint-image-${process.pid}`);
const podman = openPodman(folder);
const started: string[] = [];

const bad = readFileSync('policies/demo/gke/reviews/01-server-without-a-policy.json', 'utf8');

/** Runs the command line in a container that may do nothing. */
const chokepoint = (args: readonly string[], stdin?: string) =>
  podman.run(['run', '--rm', ...(stdin === undefined ? [] : ['-i']), ...RESTRICTED, IMAGE, ...args], stdin);

/** Runs a script with the container's own Node.js, in the container: there is no other way to a container without network, and no other program. */
const inside = (container: string, script: string, stdin = '') =>
  podman.run(['exec', '-i', container, '/nodejs/bin/node', '--input-type=module', '-e', script], stdin);

/** Paths of all files of an image, sorted. */
async function filesOf(image: string): Promise<ReadonlyMap<string, number>> {
  const root = await podman.output(['image', 'mount', image]);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => !entry.isDirectory()).map(entry => path.join(entry.parentPath, entry.name));
  const sizes = files.map(file => [file.slice(root.length), statSync(file).size] as const);
  await podman.output(['image', 'unmount', image]);
  return new Map(sizes.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe.skipIf(!isAvailable)('The image, on a stand-in of its base,', () => {
  beforeAll(async () => {
    mkdirSync(folder);
    await makeStandIns(podman, folder);
    await podman.output(['build', ...buildArguments(), `--build-arg=VERSION=${PACKAGE.version}`, '-t', IMAGE, '.']);
  }, 300_000);

  afterAll(async () => {
    if (started.length > 0) await podman.run(['rm', '--force', '--time=0', ...started]);
    await podman.run(['rmi', '--all', '--force']);
    rmSync(folder, { recursive: true, force: true });
  });

  test('runs as the user 65532, by Node.js without a shell, on the ports of the webhook and its health', async () => {
    const config = JSON.parse(await podman.output(['image', 'inspect', IMAGE, '--format={{json .Config}}']));
    expect(config).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['/nodejs/bin/node', '--max-semi-space-size=8', '/app/chokepoint.js'],
      WorkingDir: '/work',
    });
    expect(Object.keys(config.ExposedPorts).sort()).toEqual(['8080/tcp', '8443/tcp']);
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': PACKAGE.name,
      'org.opencontainers.image.description': PACKAGE.description,
      'org.opencontainers.image.version': PACKAGE.version,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
  });

  test('bears the version of the package where no other is given', () => {
    expect(readFileSync('Dockerfile', 'utf8')).toContain(`ARG VERSION=${PACKAGE.version}\n`);
  });

  test('adds to its base only what runs, in less than 9 MB', async () => {
    const [base, all] = [await filesOf(RUN_IMAGE), await filesOf(IMAGE)];
    const added = [...all].filter(([file]) => !base.has(file));
    const meant = [
      /^\/app\/(?:chokepoint\.js|package\.json|sbom\.cdx\.json|LICENSE|THIRD-PARTY-LICENSES\.txt)$/,
      /^\/app\/chunks\/[\w-]+\.cjs(?:\.LEGAL\.txt)?$/,
      /^\/app\/policies\/demo\/(?:eks|gke)\/(?:chokepoint\.yaml|world\/[\w.-]+\.yaml|reviews\/[\w.-]+\.json)$/,
    ];
    expect(added.map(([file]) => file).filter(file => !meant.some(pattern => pattern.test(file)))).toEqual([]);
    expect([...base].filter(([file, size]) => all.get(file) !== size)).toEqual([]);
    expect(added.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(9_000_000);
  });

  test('says in its bill of materials what the bundle is made of', async () => {
    const print = "process.stdout.write(process.getBuiltinModule('fs').readFileSync('/app/sbom.cdx.json'))";
    const args = ['run', '--rm', ...RESTRICTED, '--entrypoint=/nodejs/bin/node', IMAGE, '-e', print];
    const text = await podman.output(args);
    expect(text).toBe(readFileSync('dist/sbom.cdx.json', 'utf8').trim());
    const sbom = JSON.parse(text);
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { version: PACKAGE.version } } });
    expect(sbom.components.map(({ name }: { name: string }) => name)).toContain('fastify');
  });

  test('tells its version and its help', async () => {
    expect(await chokepoint(['--version'])).toEqual({ code: 0, stdout: `${PACKAGE.version}\n`, stderr: '' });
    expect(await chokepoint([])).toMatchObject({ code: 0, stdout: expect.stringContaining('chokepoint') });
  });

  test('judges manifests of its standard input', async () => {
    const object = JSON.stringify(JSON.parse(bad).request.object);
    const denied = await chokepoint(['check', '-'], object);
    expect(denied).toMatchObject({ code: 1, stdout: expect.stringContaining('ingress-not-isolated') });
    expect(await chokepoint(['check', '-'], 'kind: [')).toMatchObject({ code: 2 });
  });

  test('serves with a read-only root, without capabilities, and ends when it is told to', async () => {
    const demo = '/app/policies/demo/gke';
    const serve = ['serve', '--host', '127.0.0.1', '--world', `${demo}/world`, '--config', `${demo}/chokepoint.yaml`];
    const container = await podman.output(['run', '--detach', ...RESTRICTED, IMAGE, ...serve]);
    started.push(container);
    await expect.poll(() => podman.output(['logs', container]), { timeout: 20_000 }).toContain('"ready":true');

    const ready = await inside(container, "console.log((await fetch('http://127.0.0.1:8080/readyz')).status)");
    expect(ready).toMatchObject({ code: 0, stdout: '200\n' });
    const user = await inside(container, 'console.log(process.getuid())');
    expect(user.stdout).toBe('65532\n');
    const status = await inside(
      container,
      "console.log(process.getBuiltinModule('fs').readFileSync('/proc/1/status', 'utf8'))",
    );
    expect(status.stdout).toMatch(/^CapEff:\s+0+$/m);
    const asked = await inside(container, ASK, bad);
    expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining('"allowed":false') });

    await podman.output(['kill', '--signal=TERM', container]);
    await expect
      .poll(() => podman.run(['logs', container]), { timeout: 10_000 })
      .toMatchObject({
        stderr: expect.stringContaining('draining'),
      });
  });
});

/** Posts what it reads to the webhook, whose certificate was made when it started. */
const ASK = `
const { request } = process.getBuiltinModule('https');
const options = { port: 8443, host: '127.0.0.1', path: '/validate?timeout=5s', method: 'POST', rejectUnauthorized: false };
const sent = request({ ...options, headers: { 'content-type': 'application/json' } }, answer => answer.pipe(process.stdout));
process.stdin.pipe(sent);
`;
