import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Place, PRINTS_BUILT, temporaryPlace } from '../adapters/render/programs.ts';
import { CLOSED, CONFIG, OPEN, SERVER } from './manifests.ts';
import { type Folder, type Ran, temporaryFolder } from './run.ts';

let at: Folder;
let programs: Place;
beforeEach(() => {
  at = temporaryFolder();
  at.write('chokepoint.yaml', CONFIG);
  programs = temporaryPlace();
  programs.program('bin/kubectl', PRINTS_BUILT);
});
afterEach(() => {
  at.remove();
  programs.remove();
});

const run = (...args: readonly string[]): Promise<Ran> => at.run(args, { env: { PATH: join(programs.path, 'bin') } });
const json = async (...args: readonly string[]) => JSON.parse((await run(...args, '--output', 'json')).stdout);

/** A folder with a kustomization, the files that it takes, and what the builder makes of them. */
function kustomization(folder: string, resources: readonly string[], built: string): void {
  at.write(`${folder}/kustomization.yaml`, `resources: [${resources.join(', ')}]\n`);
  at.write(`${folder}/built.txt`, built);
}

const POLICY_OPEN_TO_ALL = `${CLOSED}  - {}\n`;
const both = (...documents: readonly string[]): string => documents.join('---\n');

describe('A kustomization is judged as it is built', () => {
  beforeEach(() => {
    at.write('base/server.yaml', SERVER);
    at.write('base/policy.yaml', CLOSED);
    kustomization('base', ['server.yaml', 'policy.yaml'], both(SERVER, CLOSED));
  });

  test('and not as its files are', async () => {
    expect(await run('check', 'base')).toMatchObject({ status: 0 });
    kustomization('base', ['server.yaml', 'policy.yaml'], SERVER);
    expect(await run('check', 'base')).toMatchObject({ status: 1 });
    expect(await run('check', 'base', '--no-render')).toMatchObject({ status: 0 });
  });

  test('each root as a world of its own: the worst decides, and each is told', async () => {
    kustomization('closed', ['../base'], both(SERVER, CLOSED));
    kustomization('open', ['../base'], both(SERVER, CLOSED, OPEN));
    const { status, stdout } = await run('check', '.');
    expect(status).toBe(1);
    expect(stdout).toContain('Deployment shop/orders  allowed  base/server.yaml:1\n');
    expect(stdout).toContain('Deployment shop/orders  denied  base/server.yaml:1\n');
    const { servers, summary } = await json('check', '.');
    expect(servers.map(({ verdict, builds }: Readonly<Record<string, unknown>>) => [verdict, builds])).toEqual([
      ['allow', ['closed (kustomize build)']],
      ['deny', ['open (kustomize build)']],
    ]);
    expect(summary).toMatchObject({ servers: 2, deny: 1 });
  });

  test('what several builds make alike is told once, with all of them', async () => {
    for (const name of ['one', 'two']) kustomization(name, ['../base'], both(SERVER));
    const { servers } = await json('check', '.');
    expect(servers).toHaveLength(1);
    expect(servers[0].builds).toEqual(['one (kustomize build)', 'two (kustomize build)']);
  });

  test('files that no kustomization takes are judged beside it, in a world of their own', async () => {
    at.write('base/other.yaml', SERVER.replaceAll('orders', 'other'));
    at.write('base/policy-of-other.yaml', CLOSED.replaceAll('orders', 'other'));
    const { servers } = await json('check', 'base');
    const told = servers.map(({ name, verdict, builds }: Readonly<Record<string, unknown>>) => [name, verdict, builds]);
    expect(told).toEqual([
      ['orders', 'allow', ['base (kustomize build)']],
      ['other', 'allow', undefined],
    ]);
  });

  test('reach asks the one world, and tells several apart', async () => {
    const query = ['--from', 'shop/orders', '--to', '192.0.2.1', '--port', '443'];
    expect(await run('reach', 'base', ...query)).toMatchObject({ status: 0 });
    kustomization('two', ['x.yaml'], SERVER);
    expect(await run('reach', '.', ...query)).toMatchObject({
      status: 2,
      stderr:
        'chokepoint: these are several worlds: base (kustomize build), two (kustomize build); give one of them, or --no-render\n',
    });
  });

  test('generate writes for what is built, once', async () => {
    for (const name of ['one', 'two']) kustomization(name, ['../base'], SERVER);
    const { status, stdout } = await run('generate', 'one', 'two');
    expect([status, stdout.match(/kind: NetworkPolicy/g)?.length]).toEqual([0, 1]);
  });
});

describe('A finding stands', () => {
  const places = async (): Promise<readonly string[]> => {
    const { servers } = await json('check', 'k');
    return servers[0].findings.map(
      ({ file, line, path }: Readonly<Record<string, unknown>>) => `${file}:${line} ${path}`,
    );
  };
  const open = POLICY_OPEN_TO_ALL;
  const patched = open.replace('  - {}\n', '  - to: [{ipBlock: {cidr: 0.0.0.0/0}}]\n  - {}\n');

  test.each<[string, string, string, string]>([
    ['in the file that holds it, where the build leaves the field as it is', open, open, 'k/p.yaml:17'],
    [
      'there also where the build changes something else',
      open,
      open.replace('namespace: shop}', 'namespace: shop, labels: {a: b}}'),
      'k/p.yaml:17',
    ],
    ['at the first line of the object, where the build changes the field', open, patched, 'k/p.yaml:1'],
    [
      'there also where the build renames the object',
      open,
      open.replace('name: orders', 'name: prod-orders-v2'),
      'k/p.yaml:17',
    ],
    ['in the build, where no file has the object', CLOSED.replace('orders', 'others'), open, 'k (kustomize build):0'],
    ['in the build, where two files may', `${both(open, open)}`, open, 'k (kustomize build):0'],
  ])('%s', async (_, source, built, place) => {
    at.write('k/s.yaml', SERVER);
    at.write('k/p.yaml', source);
    kustomization('k', ['s.yaml', 'p.yaml'], both(SERVER, built));
    const found = await places();
    expect(new Set(found.map(text => text.split(' spec')[0]))).toEqual(new Set([place]));
  });
});

describe('A build that does not succeed ends with 2, and is told with its folder', () => {
  beforeEach(() => kustomization('prod', ['a.yaml'], ''));

  test('what the builder says is told, without what a terminal would obey', async () => {
    programs.program('bin/kubectl', `printf 'error: no \\033[31mbase\\033[0m\\nat all' >&2; exit 1`);
    const { status, stdout } = await run('check', '.');
    expect(status).toBe(2);
    expect(stdout).toContain(
      'prod/kustomization.yaml: error: prod cannot be built by kustomize: it ended with status 1: error: no [31mbase[0m at all (build-failed)\n',
    );
  });

  test('a missing builder', async () => {
    const { status, stdout } = await at.run(['check', '.'], { env: { PATH: at.path } });
    expect([status, stdout]).toEqual([
      2,
      expect.stringContaining('prod is a kustomization, and to build it there is neither'),
    ]);
  });

  test('one that stands in the checkout is not run', async () => {
    const { path } = at;
    at.write('bin/kubectl', `#!/bin/sh\necho > ${path}/was-run\n`);
    const { status, stdout } = await at.run(['check', '.'], { env: { PATH: `:.:${path}/bin` } });
    expect(status).toBe(2);
    expect(stdout).toContain('neither kustomize nor kubectl');
    expect(() => readFileSync(join(path, 'was-run'))).toThrow();
  });

  test('a build that makes nothing judges nothing', async () => {
    const { status, stdout } = await run('check', 'prod');
    expect([status, stdout]).toEqual([2, expect.stringContaining('prod (kustomize build) makes no object')]);
  });
});

describe('check --fix', () => {
  const wide = `${CLOSED}  - to: [{ipBlock: {cidr: 0.0.0.0/0}}]\n`;
  beforeEach(() => {
    at.write('k/s.yaml', SERVER);
    at.write('k/p.yaml', wide);
  });

  test('edits a file that the build takes as it is', async () => {
    kustomization('k', ['s.yaml', 'p.yaml'], both(SERVER, wide));
    const { stderr } = await run('check', 'k', '--fix');
    expect(stderr).toContain(
      'fixed: k/p.yaml: NetworkPolicy shop/orders: added to spec.egress[1].to[0].ipBlock.except',
    );
    expect(readFileSync(join(at.path, 'k/p.yaml'), 'utf8')).toContain('except');
  });

  test('edits it too where the builds give the policy other names, once for all of them', async () => {
    for (const name of ['dev', 'prod'])
      kustomization(
        name,
        ['../k/s.yaml', '../k/p.yaml'],
        both(SERVER, wide.replace('name: orders', `name: ${name}-orders`)),
      );
    const { stderr } = await run('check', 'dev', 'prod', 'k', '--fix');
    expect(stderr).toContain('fixed: k/p.yaml: NetworkPolicy shop/dev-orders: added to');
    expect(stderr).not.toMatch(/would touch other places|on its way/);
    expect(readFileSync(join(at.path, 'k/p.yaml'), 'utf8').match(/except/g)).toHaveLength(1);
  });

  test('does not edit what the build changes', async () => {
    at.write('k/p.yaml', CLOSED);
    kustomization('k', ['s.yaml', 'p.yaml'], both(SERVER, wide));
    const { stderr } = await run('check', 'k', '--fix');
    expect(stderr).toContain('k (kustomize build) changes it on its way from k/p.yaml: change it there');
    expect(readFileSync(join(at.path, 'k/p.yaml'), 'utf8')).toBe(CLOSED);
  });

  test('does not edit what stands in no file', async () => {
    kustomization('k', ['s.yaml'], both(SERVER, wide));
    const { stderr } = await run('check', 'k', '--fix');
    expect(stderr).toContain('it comes out of k (kustomize build): change what that is made of');
  });
});

describe('A chart is judged as helm renders it', () => {
  beforeEach(() => {
    programs.program(
      'bin/helm',
      `echo "$@" > ${programs.path}/called; for chart; do :; done; exec /bin/cat "$chart/built.txt"`,
    );
    at.write('chart/Chart.yaml', 'apiVersion: v2\nname: orders\nversion: 1.0.0\n');
    at.write('chart/templates/server.yaml', `${SERVER}  {{ fail }}\n`);
    at.write(
      'chart/built.txt',
      `---\n# Source: orders/templates/server.yaml\n${SERVER.replace('  namespace: shop\n', '')}`,
    );
  });

  test('and its findings stand in the template, without a line', async () => {
    const { servers } = await json('check', 'chart', '--namespace', 'shop');
    expect(servers).toMatchObject([
      {
        namespace: 'shop',
        verdict: 'deny',
        file: 'chart/templates/server.yaml',
        line: 0,
        builds: ['chart (helm template)'],
      },
    ]);
    expect(servers[0].findings[0]).toMatchObject({ file: 'chart/templates/server.yaml', line: 0 });
  });

  test('with what it is asked for', async () => {
    at.write('v.yaml', '');
    await run(
      'check',
      'chart',
      '-n',
      'shop',
      '--values',
      'v.yaml',
      '--set',
      'a=b',
      '--set',
      'c=d',
      '--release',
      'r',
      '--api-versions',
      'x/v1',
    );
    const called = readFileSync(join(programs.path, 'called'), 'utf8');
    expect(called).toMatch(
      /^template --namespace=shop --values=\/.*\/v\.yaml --set=a=b --set=c=d --api-versions=x\/v1 -- r \/.*\/chart\n$/,
    );
  });

  test('values are files that are there', async () => {
    const { status, stderr } = await run('check', 'chart', '--values', 'https://example.com/values.yaml');
    expect([status, stderr]).toEqual([
      2,
      'chokepoint: --values https://example.com/values.yaml: there is no such file\n',
    ]);
  });

  test('a chart that cannot be rendered ends with 2', async () => {
    programs.program('bin/helm', 'echo "Error: missing in charts/ directory: redis" >&2; exit 1');
    const { status, stdout } = await run('check', 'chart');
    expect([status, stdout]).toEqual([
      2,
      expect.stringContaining(
        'chart cannot be rendered by helm: it ended with status 1: Error: missing in charts/ directory: redis',
      ),
    ]);
  });

  test('without helm, or with --no-render, its templates are told as ever', async () => {
    expect((await run('check', 'chart', '--no-render')).stdout).toContain(
      'this is a template that has not been rendered',
    );
    expect((await at.run(['check', 'chart'], { env: { PATH: at.path } })).stdout).toContain(
      'this is a template that has not been rendered',
    );
  });

  test('--fix writes nothing into it', async () => {
    const { stderr } = await run('check', 'chart', '--fix');
    expect(stderr).toContain('it comes out of chart (helm template): change what that is made of');
  });
});
