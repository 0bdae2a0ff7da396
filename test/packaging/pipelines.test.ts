import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLOSED, CONFIG, SERVER } from '../cli/manifests.ts';
import { BUNDLE } from '../cli/run.ts';
import { parseYaml } from '../support/yaml.ts';
import { type ActionFolder, actionFolder, checkoutOf, LOOSE } from './action-folder.ts';
import { ACTION, ROOT } from './action-runner.ts';
import { type Ended, fencedBlocks, type Packed, pack, runProgram } from './packed.ts';

interface Job {
  readonly before_script?: readonly string[];
  readonly script?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly extends?: string;
  readonly artifacts?: { readonly paths: readonly string[]; readonly reports?: { readonly junit: string } };
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const [GITLAB] = parseYaml(read('docs/ci/gitlab-ci.yml')) as [Readonly<Record<string, Job>>];

let packed: Packed;
beforeAll(async () => {
  packed = await pack();
});
afterAll(() => packed.remove());

let at: ActionFolder;
beforeEach(() => {
  at = actionFolder();
  mkdirSync(join(at.folder, 'workspace'));
});
afterEach(() => at.remove());

/** Runs lines in the workspace as a pipeline does, each only where those before it have passed. */
const runLines = (lines: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> =>
  runProgram('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', lines.join('\n')], {
    cwd: join(at.folder, 'workspace'),
    env: { ...env, PATH: [join(at.folder, 'prefix/bin'), process.env.PATH].join(delimiter) },
  });

describe('the jobs for GitLab', () => {
  test('take no package by its name alone, which in a public registry may be of a stranger', () => {
    expect(GITLAB).toMatchObject({ variables: { CHOKEPOINT_PACKAGE: expect.stringMatching(/^https:\/\/.*\.tgz$/) } });
  });

  const runJob = (
    name: string,
    part: 'before_script' | 'script',
    more: Record<string, string> = {},
  ): Promise<Ended> => {
    const job = { ...GITLAB[GITLAB[name]?.extends ?? ''], ...GITLAB[name] };
    return runLines(job[part] ?? [], {
      ...job.variables,
      ...more,
      CHOKEPOINT_PACKAGE: packed.tarball,
      npm_config_prefix: join(at.folder, 'prefix'),
      npm_config_offline: 'true',
      npm_config_cache: join(at.folder, 'cache'),
    });
  };

  test.each([
    ['chokepoint:manifests', 'manifests'],
    ['chokepoint:chart', 'rendered/chart/templates'],
  ])('%s fails on a denial, and leaves the reports that it names', async (name, folder) => {
    at.write('workspace/chokepoint.yaml', CONFIG);
    at.write(`workspace/${folder}/server.yaml`, SERVER);
    expect(await runJob(name, 'before_script')).toMatchObject({ status: 0 });
    const denied = await runJob(name, 'script');
    expect([denied.stderr, denied.status]).toEqual([denied.stderr, 1]);
    const { paths, reports } = GITLAB['.chokepoint']?.artifacts ?? { paths: [] };
    expect(readFileSync(join(at.folder, 'workspace', reports?.junit ?? ''), 'utf8')).toContain('<failure');
    for (const path of paths) expect(readdirSync(join(at.folder, 'workspace'))).toContain(path);
    at.write(`workspace/${folder}/policy.yaml`, CLOSED);
    expect(await runJob(name, 'script')).toMatchObject({ status: 0 });
  });

  test.each([
    ['that loosens it', CONFIG, `${CONFIG}${LOOSE}`, 1],
    ['that tightens it', `${CONFIG}${LOOSE}`, CONFIG, 0],
    ['that brings the first one', undefined, `${CONFIG}${LOOSE}`, 1],
    ['that takes it away', `${CONFIG}${LOOSE}`, undefined, 0],
  ])('judge a merge request %s by the configuration of its target branch', async (_, base, head, status) => {
    checkoutOf(at, {
      base: { 'chokepoint.yaml': base },
      head: { 'chokepoint.yaml': head, 'manifests/a.yaml': SERVER },
    });
    const merge = { CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'base' };
    expect(await runJob('chokepoint:manifests', 'before_script', merge)).toMatchObject({ status: 0 });
    expect(await runJob('chokepoint:manifests', 'script', merge)).toMatchObject({ status });
  });
});

describe('the page on pipelines', () => {
  const [workflow = '', hook = ''] = fencedBlocks('docs/ci/README.md', 'yaml');

  test('gives the action inputs that it has', () => {
    const [{ jobs }] = parseYaml(workflow) as [{ jobs: Record<string, { steps: { with?: object }[] }> }];
    const steps = Object.values(jobs).flatMap(job => job.steps.flatMap(step => step.with ?? []));
    expect(steps.length).toBe(2);
    expect(steps.flatMap(step => Object.keys(step)).filter(name => !Object.hasOwn(ACTION.inputs, name))).toEqual([]);
    for (const name of read('docs/ci/README.md').matchAll(/outputs `(\w+)`/g))
      expect(Object.keys(ACTION.outputs)).toContain(name[1]);
  });

  test('pins actions to commits', () => {
    const uses = [...workflow.matchAll(/uses: (.*)/g)].map(([, text = '']) => text);
    expect(uses.length).toBe(4);
    for (const text of uses) expect(text).toMatch(/^[\w-]+\/[\w-]+@(?:[0-9a-f]{40} # v\d+\.\d+\.\d+|COMMIT)$/);
  });

  test('names the hook of manifests, and the page on clients the other that there is', () => {
    const [, ofClients = ''] = /^```yaml\n(repos:[\s\S]*?)^```$/m.exec(read('docs/agents.md')) ?? [];
    const named = [hook, ofClients].flatMap(text => {
      const [{ repos }] = parseYaml(text) as [{ repos: { hooks: { id: string }[] }[] }];
      return repos.flatMap(repo => repo.hooks.map(({ id }) => id));
    });
    const [hooks] = parseYaml(read('.pre-commit-hooks.yaml')) as [{ id: string }[]];
    expect(named).toEqual(hooks.map(({ id }) => id));
  });
});

describe('the page on Argo CD and Flux', () => {
  test('ignores fields of objects that are shipped', () => {
    const blocks = fencedBlocks('docs/ci/gitops.md', 'yaml').flatMap(block => parseYaml(block));
    const found = blocks.flatMap(
      block => (block as { spec?: { ignoreDifferences?: Record<string, string>[] } }).spec?.ignoreDifferences ?? [],
    );
    const shipped = readdirSync(join(ROOT, 'manifests/base'))
      .flatMap(name => parseYaml(read(`manifests/base/${name}`)))
      .map(value => value as { apiVersion: string; kind: string; metadata?: { name: string } })
      .map(({ apiVersion, kind, metadata }) => `${apiVersion.split('/').at(-2) ?? ''} ${kind} ${metadata?.name}`);
    const ignored = found.map(({ group = '', kind, name }) => `${group} ${kind} ${name}`);
    expect(ignored.length).toBe(5);
    expect(ignored.filter(name => !shipped.includes(name))).toEqual([]);
  });

  test.each([
    ['refuses a denial and renders nothing', [SERVER], 1, ''],
    ['renders what passes', [SERVER, CLOSED], 0, [SERVER, CLOSED].join('---\n')],
  ])('has a plugin that %s', async (_, manifests, status, stdout) => {
    at.write('prefix/bin/kustomize', '#!/bin/sh\ncat all.yaml\n', 0o755);
    at.write('prefix/bin/chokepoint', `#!/bin/sh\nexec '${process.execPath}' '${BUNDLE}' "$@"\n`, 0o755);
    at.write('platform.yaml', CONFIG);
    at.write('workspace/all.yaml', manifests.join('---\n'));
    // The repository's own configuration is not looked at.
    at.write('workspace/chokepoint.yaml', 'kind: Nothing\n');
    const env = { CHOKEPOINT_CONFIG: join(at.folder, 'platform.yaml') };
    const ended = await runLines(fencedBlocks('docs/ci/gitops.md', 'bash'), env);
    expect([ended.stderr, ended.status, ended.stdout]).toEqual([ended.stderr, status, stdout]);
    expect(ended.stderr).toContain('1 MCP server in');
  });
});
