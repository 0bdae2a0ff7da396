import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BROKEN, CLOSED, CONFIG, OPEN, SERVER } from '../cli/manifests.ts';
import { BUNDLE } from '../cli/run.ts';
import { type ActionFolder, actionFolder, checkoutOf, LOOSE } from './action-folder.ts';
import { ACTION, type Job, ROOT, runAction, type Surroundings } from './action-runner.ts';
import { type Packed, pack, runProgram } from './packed.ts';

let packed: Packed;
beforeAll(async () => {
  packed = await pack();
});
afterAll(() => packed.remove());

let at: ActionFolder;
beforeEach(() => {
  at = actionFolder();
});
afterEach(() => at.remove());

const DENIED = [SERVER, CLOSED, OPEN].join('---\n');
const ALLOWED = [SERVER, CLOSED].join('---\n');
/** The action, with the built command line in place of an installed one. */
const run = (inputs: Readonly<Record<string, string>>, surroundings: Surroundings = {}): Promise<Job> =>
  runAction(at.folder, inputs, { done: { install: { program: BUNDLE } }, ...surroundings });

/** The action on the package as it is, without a registry. */
const install = (inputs: Readonly<Record<string, string>>): Promise<Job> =>
  runAction(at.folder, inputs, { env: { npm_config_offline: 'true', npm_config_cache: join(at.folder, 'cache') } });

describe('action.yml', () => {
  const scripts = ACTION.runs.steps.flatMap(({ run: text }) => (text === undefined ? [] : [text]));

  test('holds no expression in a script, so that no input is read as shell', () => {
    expect(scripts.length).toBeGreaterThan(3);
    expect(scripts.filter(text => text.includes('${{'))).toEqual([]);
  });

  test('pins the actions that it uses to a commit, and names its version', () => {
    const lines = readFileSync(join(ROOT, 'action.yml'), 'utf8')
      .split('\n')
      .filter(line => line.includes('uses:'));
    expect(lines.length).toBe(2);
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('describes each input and output, and reads each input', () => {
    const text = JSON.stringify(ACTION.runs);
    for (const [name, { description }] of Object.entries(ACTION.inputs)) {
      expect(description).toMatch(/\.$/);
      expect(text).toContain(`inputs.${name}`);
    }
    for (const { description } of Object.values(ACTION.outputs)) expect(description).toMatch(/\.$/);
  });
});

describe('a run on paths', () => {
  test.each<[string, string, Readonly<Record<string, string>>, boolean, string]>([
    ['allowed servers pass', ALLOWED, { config: 'config.yaml' }, false, '1 0 0 0'],
    ['a denial fails the job', DENIED, { config: 'config.yaml' }, true, '1 1 0 0'],
    ['a denial does not, where nothing is to', DENIED, { 'fail-on': 'never' }, false, '1 1 0 0'],
    ['warnings alone pass', ALLOWED, {}, false, '1 0 1 0'],
    ['warnings fail the job where that is asked for', ALLOWED, { 'fail-on': 'warn' }, true, '1 0 1 0'],
    ['nothing to warn of passes then', ALLOWED, { config: 'config.yaml', 'fail-on': 'warn' }, false, '1 0 0 0'],
    ['what cannot be read fails the job', `${BROKEN}---\n${ALLOWED}`, {}, true, '1 0 1 0'],
    ['what cannot be read does not, where nothing is to', BROKEN, { 'fail-on': 'never' }, false, '0 0 0 0'],
    ['a saved report that is not there fails the job', ALLOWED, { against: 'none.json' }, true, '   '],
    ['a configuration that is not there fails the job', ALLOWED, { config: 'none.yaml' }, true, '0 0 0 0'],
  ])('%s', async (_, manifests, inputs, isFailed, counts) => {
    at.write('workspace/manifests/all.yaml', manifests);
    at.write('workspace/config.yaml', CONFIG);
    const job = await run({ paths: 'manifests', ...inputs });
    expect([job.log, job.isFailed]).toEqual([job.log, isFailed]);
    expect(['servers', 'deny', 'warn', 'undetermined'].map(name => job.outputs.get(name)).join(' ')).toBe(counts);
  });

  test('annotates the files, writes a summary, and uploads the log of the same run', async () => {
    at.write('workspace/manifests/all.yaml', DENIED);
    const job = await run({ category: 'a `$(touch owned)` b' });
    expect(job.log).toMatch(/^::error file=manifests\/all\.yaml,line=\d+,col=\d+,title=ingress-beyond-gateway::/m);
    expect(job.summary).toMatch(/^### Chokepoint: 1 of 1 MCP servers denied\n\n(?:\|.*\|\n)+\n/);
    expect(job.summary).toContain('ingress-beyond-gateway');
    const [{ uses, with: given } = { uses: '', with: {} }] = job.used;
    expect(uses).toMatch(/^github\/codeql-action\/upload-sarif@/);
    expect(given).toEqual({ sarif_file: job.outputs.get('sarif-file'), category: 'a `$(touch owned)` b' });
    const { runs } = JSON.parse(readFileSync(given.sarif_file ?? '', 'utf8'));
    expect(runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('manifests/all.yaml');
    expect(JSON.parse(readFileSync(job.outputs.get('json-file') ?? '', 'utf8')).summary.deny).toBe(1);
  });

  test.each([
    ['the input says so', { sarif: 'false' }, {}],
    ['the pull request is from a fork', {}, { 'event.pull_request.head.repo.fork': 'true' }],
  ])('uploads nothing where %s', async (_, inputs, github) => {
    at.write('workspace/all.yaml', DENIED);
    expect(await run(inputs, { github })).toMatchObject({ used: [], isFailed: true });
  });

  test('takes any name of a file or folder for what it is', async () => {
    const names = [
      'a b',
      '$(touch owned)',
      '`touch owned`',
      '"; touch owned; "',
      "'; touch owned; '",
      '-x',
      '*',
      '\\n',
    ];
    for (const [index, name] of names.entries()) {
      at.write(
        `workspace/${name}/all.yaml`,
        DENIED.replaceAll('orders', `orders-${index}`).replaceAll('shop', `shop-${index}`),
      );
      at.write(`workspace/${name}.yaml`, CONFIG);
    }
    const job = await run({ paths: `${names.join('\r\n')}\n\n`, config: '$(touch owned).yaml' });
    expect(job.outputs.get('deny')).toBe(String(names.length));
    expect(at.isOwned()).toBe(false);
  });

  test.each([
    ['a mode that there is not', { mode: '$(touch owned)' }, 'chokepoint could not judge'],
    ['an option in place of a mode', { mode: '--fix' }, 'chokepoint could not judge'],
    ['another word for when it fails', { 'fail-on': '$(touch owned)' }, 'fail-on must be deny, warn or never'],
    ['a chart and paths', { chart: 'chart', paths: '.' }, 'give either paths or a chart'],
  ])('refuses %s, even where no verdict fails the job', async (_, inputs, message) => {
    at.write('workspace/all.yaml', ALLOWED);
    const job = await run({ 'fail-on': 'never', ...inputs });
    expect(job).toMatchObject({ isFailed: true, used: [] });
    expect(job.log).toContain(message);
    expect(at.isOwned()).toBe(false);
  });

  test('brings a newer Node.js only where the runner has none that is new enough', async () => {
    at.write('workspace/all.yaml', ALLOWED);
    at.write('bin/node', '#!/bin/sh\nexit 1\n', 0o755);
    const job = await run(
      { sarif: 'false' },
      { env: { PATH: [join(at.folder, 'bin'), process.env.PATH].join(delimiter) } },
    );
    expect(job.used.map(({ uses, with: given }) => [uses.split('@')[0], given])).toEqual([
      ['actions/setup-node', { 'node-version': '24' }],
    ]);
  });
});

describe('a pull request', () => {
  const LOOSENED = `${CONFIG}${LOOSE}`;
  const pull = (base: string): Surroundings => ({ github: { 'event.pull_request.base.sha': base } });

  test.each<[string, string | undefined, string | undefined, boolean]>([
    ['loosens it', CONFIG, LOOSENED, true],
    ['tightens it', LOOSENED, CONFIG, false],
    ['brings the first one', undefined, LOOSENED, true],
    ['takes it away', LOOSENED, undefined, false],
    ['does nothing to it', LOOSENED, LOOSENED, false],
    ['has none', undefined, undefined, true],
  ])('is judged by the configuration of its base commit where it %s', async (_, base, head, isFailed) => {
    for (const name of ['chokepoint.yaml', 'gate/gate.yaml']) {
      const commit = checkoutOf(at, { base: { [name]: base }, head: { [name]: head, 'a.yaml': SERVER } });
      const named = name === 'chokepoint.yaml' ? {} : { config: name };
      // A file that is named and that nobody has is an error.
      const isWithout = base === undefined && head === undefined && name !== 'chokepoint.yaml';
      const job = await run({ paths: 'a.yaml', ...named }, pull(commit));
      expect([job.log, job.isFailed]).toEqual([job.log, isFailed || isWithout]);
      rmSync(join(at.folder, 'origin'), { recursive: true });
    }
  });

  test.each(['chokepoint.yaml', 'gate/gate.yaml'])('is judged so however the path of %s is written', async name => {
    const commit = checkoutOf(at, { base: { [name]: CONFIG }, head: { [name]: LOOSENED, 'a.yaml': SERVER } });
    for (const config of [join(at.folder, 'workspace', name), `./x/../${name}`]) {
      const job = await run({ paths: 'a.yaml', config }, pull(commit));
      expect([job.log, job.isFailed]).toEqual([job.log, true]);
    }
  });

  test('is judged by the base commit in the merge queue too', async () => {
    const base = checkoutOf(at, {
      base: { 'chokepoint.yaml': CONFIG },
      head: { 'chokepoint.yaml': LOOSENED, 'a.yaml': SERVER },
    });
    expect((await run({ paths: 'a.yaml' }, { github: { 'event.merge_group.base_sha': base } })).isFailed).toBe(true);
    expect((await run({ paths: 'a.yaml' })).isFailed).toBe(false);
  });

  test.each([
    ['outside of the checkout', '../platform.yaml'],
    ['that an earlier step made in the checkout', 'made/gate.yaml'],
  ])('is judged by a file %s', async (_, config) => {
    const base = checkoutOf(at, { base: {}, head: { 'chokepoint.yaml': CONFIG, 'a.yaml': SERVER } });
    at.write(`workspace/${config}`, LOOSENED);
    const job = await run({ paths: 'a.yaml', config }, pull(base));
    expect([job.log, job.isFailed]).toEqual([job.log, false]);
  });

  /** What is denied today, as somebody saved it. */
  const savedReport = async (): Promise<string> => {
    at.write('workspace/a.yaml', SERVER);
    const saved = await runProgram(process.execPath, [BUNDLE, 'check', 'a.yaml', '-o', 'json'], {
      cwd: join(at.folder, 'workspace'),
    });
    return saved.stdout;
  };

  test.each([
    ['the base commit has saved', true, true, false],
    ['it brings itself', false, true, true],
    ['it takes away', true, false, false],
  ])('fails by what is new beside the report that %s', async (_, isInBase, isInHead, isFailed) => {
    const known = await savedReport();
    const files = (has: boolean) => ({ 'known.json': has ? known : undefined, 'a.yaml': SERVER });
    const base = checkoutOf(at, { base: files(isInBase), head: files(isInHead) });
    const job = await run({ paths: 'a.yaml', against: 'known.json' }, pull(base));
    expect([job.log, job.isFailed]).toEqual([job.log, isFailed]);
  });

  test('is judged with its chart by the configuration of its base commit', async () => {
    const base = checkoutOf(at, { base: { 'chokepoint.yaml': CONFIG }, head: { 'chokepoint.yaml': LOOSENED } });
    at.write('tree/a.yaml', SERVER);
    const done = { install: { program: BUNDLE }, render: { folder: join(at.folder, 'tree') } };
    expect((await run({ chart: 'chart' }, { ...pull(base), done })).isFailed).toBe(true);
  });

  test.each([
    [
      'there is no commit to compare with',
      (): void => at.write('workspace/chokepoint.yaml', LOOSENED),
      'this is no checkout',
    ],
    [
      'its base commit cannot be had',
      (): void => void checkoutOf(at, { base: {}, head: { 'chokepoint.yaml': LOOSENED } }),
      'the base commit cannot be fetched',
    ],
  ])('is not judged where %s', async (_, prepare, message) => {
    prepare();
    const job = await run({ paths: 'a.yaml', 'fail-on': 'never' }, pull('0123456789012345678901234567890123456789'));
    expect(job.isFailed).toBe(true);
    expect(job.log).toContain(message);
  });
});

describe('what is run', () => {
  test.each([
    ['a path from the root', (tarball: string): string => tarball],
    ['a path in the checkout', (): string => './package $(touch owned).tgz'],
  ])('is the package that a tarball holds: %s', async (_, version) => {
    at.write('workspace/all.yaml', DENIED);
    copyFileSync(packed.tarball, join(at.folder, 'workspace/package $(touch owned).tgz'));
    const job = await install({ version: version(packed.tarball) });
    expect([job.log, job.outputs.get('deny')]).toEqual([job.log, '1']);
    expect(at.isOwned()).toBe(false);
  });

  test.each([
    ['words that are no version', '1; touch owned', 'version must be a version of the npm package'],
    ['an option', '--version', ''],
    ['a version that cannot be had', '99.0.0', ''],
  ])('is not %s', async (_, version, message) => {
    at.write('workspace/all.yaml', ALLOWED);
    const job = await install({ 'fail-on': 'never', version });
    expect(job).toMatchObject({ isFailed: true, used: [] });
    expect(job.log).toContain(message);
    expect(at.isOwned()).toBe(false);
  });
});

test('every script is one that bash can read', async () => {
  for (const [index, { run: text }] of ACTION.runs.steps.entries()) {
    if (text === undefined) continue;
    at.write(`${index}.sh`, text);
    expect(await runProgram('bash', ['-n', `${index}.sh`], { cwd: at.folder })).toMatchObject({
      status: 0,
      stderr: '',
    });
  }
});
