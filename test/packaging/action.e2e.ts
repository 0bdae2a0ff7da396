import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLOSED, CONFIG, SERVER } from '../cli/manifests.ts';
import { BUNDLE } from '../cli/run.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { parseYaml } from '../support/yaml.ts';
import { type ActionFolder, actionFolder } from './action-folder.ts';
import { type Job, ROOT, runAction } from './action-runner.ts';
import { runProgram } from './packed.ts';

let at: ActionFolder;
beforeEach(() => {
  at = actionFolder();
});
afterEach(() => at.remove());

/** Installing what builds it may take a registry that is slow. */
const BUILD_MS = 300_000;

test(
  'the action builds its own checkout and judges with it',
  async () => {
    at.write('workspace/all.yaml', SERVER);
    const job = await runAction(at.folder, {}, { env: { npm_config_prefer_offline: 'true' } });
    expect([job.log, job.outputs.get('deny'), job.isFailed]).toEqual([job.log, '1', true]);
  },
  BUILD_MS,
);

test('the action judges a chart that the real helm renders, with its subcharts and values', async () => {
  const { helm } = await findBinaries(['helm']);
  at.write('workspace/charts/shop/Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 0.1.0\n');
  at.write('workspace/charts/shop/templates/policy.yaml', `{{- if .Values.closed }}\n${CLOSED}{{- end }}\n`);
  at.write('workspace/charts/shop/charts/orders/Chart.yaml', 'apiVersion: v2\nname: orders\nversion: 0.1.0\n');
  at.write('workspace/charts/shop/charts/orders/templates/server.yaml', `# {{ .Release.Name }}\n${SERVER}`);
  at.write('workspace/values/a b.yaml', 'closed: true\n');
  at.write('workspace/chokepoint.yaml', CONFIG);
  const run = (inputs: Readonly<Record<string, string>>): Promise<Job> =>
    runAction(
      at.folder,
      { chart: './charts/shop', ...inputs },
      {
        env: { PATH: [dirname(helm), process.env.PATH].join(delimiter) },
        done: { install: { program: BUNDLE } },
      },
    );

  const closed = await run({ values: 'values/a b.yaml' });
  expect([closed.log, closed.isFailed, closed.outputs.get('servers')]).toEqual([closed.log, false, '1']);

  const open = await run({});
  expect([open.log, open.isFailed]).toEqual([open.log, true]);
  const { servers } = JSON.parse(readFileSync(open.outputs.get('json-file') ?? '', 'utf8'));
  expect(servers[0].file).toBe('charts/shop/charts/orders/templates/server.yaml');

  const broken = await run({ values: 'nowhere.yaml', 'fail-on': 'never' });
  expect([broken.log, broken.isFailed]).toEqual([broken.log, true]);
  expect(broken.log).toContain('helm cannot render the chart');
});

test('the job for GitLab leaves a rendered chart where the next one finds it', async () => {
  const { helm } = await findBinaries(['helm']);
  at.write('workspace/chart/Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 0.1.0\n');
  at.write('workspace/chart/values.yaml', '{}\n');
  at.write('workspace/chart/templates/server.yaml', SERVER);
  const page = readFileSync(join(ROOT, 'docs/ci/gitlab-ci.yml'), 'utf8');
  const [jobs] = parseYaml(page) as [Record<string, { script: string[]; variables?: Record<string, string> }>];
  const job = jobs['chokepoint:render'];
  const cwd = join(at.folder, 'workspace');
  const env = { ...job?.variables, PATH: [dirname(helm), process.env.PATH].join(delimiter) };
  const rendered = await runProgram('sh', ['-ec', job?.script.join('\n') ?? ''], { cwd, env });
  expect([rendered.stderr, rendered.status]).toEqual([rendered.stderr, 0]);
  expect(await runProgram(process.execPath, [BUNDLE, 'check', 'rendered'], { cwd })).toMatchObject({ status: 1 });
});
