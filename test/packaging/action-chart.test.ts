import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CLOSED, CONFIG, OPEN, SERVER } from '../cli/manifests.ts';
import { BUNDLE } from '../cli/run.ts';
import { type ActionFolder, actionFolder } from './action-folder.ts';
import { type Job, runAction, type Surroundings } from './action-runner.ts';

const DENIED = [SERVER, CLOSED, OPEN].join('---\n');
const ALLOWED = [SERVER, CLOSED].join('---\n');

let at: ActionFolder;
beforeEach(() => {
  at = actionFolder();
});
afterEach(() => at.remove());

const run = (inputs: Readonly<Record<string, string>>, surroundings: Surroundings = {}): Promise<Job> =>
  runAction(at.folder, inputs, { done: { install: { program: BUNDLE } }, ...surroundings });

/** Renders as helm does, as far as the action sees it: the templates as they are, in a folder with the name of the chart. */
const HELM = `#!/bin/bash
printf '%s\\n' "$@" > "$HELM_LOG"
while [ "$1" != -- ]; do if [ "$1" = --output-dir ]; then out=$2; fi; shift; done
echo '::error::from the chart'
if [ -n "$HELM_FAILS" ]; then echo '::error::it fails' >&2; exit 1; fi
mkdir -p "$out/orders" && cp -R -- "$3/templates" "$out/orders/"
`;

describe('a run on a chart', () => {
  const chart = (
    inputs: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Job> => {
    at.write('bin/helm', HELM, 0o755);
    const PATH = [join(at.folder, 'bin'), process.env.PATH].join(delimiter);
    return run(inputs, { env: { PATH, HELM_LOG: join(at.folder, 'helm.log'), HELM_FAILS: '', ...env } });
  };

  test.each([
    ['charts/orders', 'charts/orders'],
    ['./charts/orders/', 'charts/orders'],
    ['.', '.'],
    ['-a $(touch owned) "b"', '-a $(touch owned) "b"'],
  ])('finds the templates of %s where they stand in the checkout', async (given, place) => {
    at.write(`workspace/${place}/templates/all.yaml`, DENIED);
    const job = await chart({ chart: given });
    expect([job.log, job.isFailed]).toEqual([job.log, true]);
    const { servers } = JSON.parse(readFileSync(job.outputs.get('json-file') ?? '', 'utf8'));
    const file = join(place, 'templates/all.yaml');
    expect(servers[0].file).toBe(file);
    expect(at.isOwned()).toBe(false);
  });

  test('finds the configuration of the checkout', async () => {
    at.write('workspace/orders/templates/all.yaml', ALLOWED);
    at.write('workspace/chokepoint.yaml', CONFIG);
    at.write('workspace/other.yaml', CONFIG.replace('test', 'other'));
    const source = async (inputs: Readonly<Record<string, string>>): Promise<string> => {
      const job = await chart({ chart: 'orders', ...inputs });
      return JSON.parse(readFileSync(job.outputs.get('json-file') ?? '', 'utf8')).policySource;
    };
    expect(await source({})).toBe(join(at.folder, 'workspace/chokepoint.yaml'));
    expect(await source({ config: 'other.yaml' })).toBe(join(at.folder, 'workspace/other.yaml'));
  });

  test('gives helm each input as one word', async () => {
    at.write('workspace/orders/templates/all.yaml', ALLOWED);
    const values = ['a b.yaml', '$(touch owned).yaml', '--debug'];
    await chart({ chart: 'orders', values: `${values.join('\r\n')}\n`, 'release-name': '-r $x', namespace: '`n`' });
    const given = readFileSync(join(at.folder, 'helm.log'), 'utf8').replaceAll(/\/.*\/rendered/g, 'RENDERED');
    expect(given.trim().split('\n')).toEqual([
      'template',
      ...['--namespace', '`n`', '--output-dir', 'RENDERED'],
      ...values.map(name => `--values=${name}`),
      ...['--', '-r $x', 'orders'],
    ]);
    expect(at.isOwned()).toBe(false);
  });

  test('says that helm failed, and lets nothing that a chart says command the runner', async () => {
    at.write('workspace/orders/templates/all.yaml', ALLOWED);
    const { isFailed, log } = await chart({ chart: 'orders', 'fail-on': 'never' }, { HELM_FAILS: '1' });
    expect(isFailed).toBe(true);
    expect(log).toContain('helm cannot render the chart');
    expect(log).not.toContain('from the chart');
    const token = /::stop-commands::([0-9a-f]{32})\n/.exec(log)?.[1];
    expect(log).toContain(`::${token}::\n`);
  });

  test('a chart that renders nothing is an error, not a pass', async () => {
    at.write('workspace/orders/templates/.keep', '');
    expect((await chart({ chart: 'orders' })).isFailed).toBe(true);
  });

  test('says that helm is not there', async () => {
    const PATH = (process.env.PATH ?? '').split(delimiter).filter(path => !existsSync(join(path, 'helm')));
    const { isFailed, log } = await run({ chart: 'orders' }, { env: { PATH: PATH.join(delimiter) } });
    expect(isFailed).toBe(true);
    expect(log).toContain('::error::helm is not on this runner');
  });
});
