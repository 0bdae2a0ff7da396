import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReportedNamespace } from '../../src/app/rollout/report.ts';
import { planDocument } from '../../src/cli/rollout-document.ts';
import { planText, statusText } from '../../src/cli/rollout-text.ts';
import type { FakeApiServer } from '../support/fake-api-server.ts';
import type { RawObject } from '../support/fake-api-store.ts';
import { startFakeCluster } from '../support/fake-cluster.ts';
import { expectGolden } from '../support/golden.ts';
import { parseYaml } from '../support/yaml.ts';
import { CLOSED, CONFIG, OPEN, SERVER } from './manifests.ts';
import { type Folder, type Ran, temporaryFolder } from './run.ts';

const ROLLOUT = CONFIG.replace('spec:\n', 'spec:\n  rollout: [{name: all, auditDays: 30, warnDays: 7}]\n');

const ONE: ReportedNamespace = {
  namespace: 'shop',
  rollout: 'all',
  stage: 'warn',
  since: '2026-12-31T08:00:00Z',
  status: 'held',
  day: 9,
  days: 7,
  next: { stage: 'enforce', from: '2027-01-07' },
  cleanDays: 0,
  open: 1,
  blockers: ['1 finding is open, and 0 may be'],
  history: [{ at: '2026-12-31T08:00:00Z', from: 'audit', to: 'warn', by: 'controller' }],
  servers: 3,
  stopped: [
    {
      server: 'Deployment shop/search',
      fate: 'refused',
      reasons: ['ingress-beyond-gateway: any source'],
      judgedSince: '2026-12-01T08:00:00Z',
      judgedDays: 19,
    },
  ],
  openSince: '2026-12-03T08:00:00Z',
  reviews: { refused: 3, tolerated: 12, since: '2026-12-01T08:00:00Z' },
  policies: [{ name: 'chokepoint-mail', server: 'Deployment shop/mail' }],
  cut: [{ server: 'shop/Deployment/mail', client: 'shop/Deployment/web', ports: ['TCP 8080'] }],
};
const DUE: ReportedNamespace = {
  ...ONE,
  namespace: 'tools',
  stage: 'audit',
  status: 'due',
  next: { stage: 'warn', from: '2026-12-31' },
  open: 0,
  blockers: [],
  stopped: [],
  history: [],
  openSince: null,
  reviews: null,
  policies: [],
  cut: [],
};
const REPORT = {
  apiVersion: 'chokepoint.dev/v1alpha1',
  kind: 'RolloutReport',
  isKept: true,
  isDated: true,
  namespaces: [ONE, DUE],
} as const;

test('status prints a line for each namespace', () => {
  expect(statusText(REPORT)).toBe(
    `NAMESPACE  ROLLOUT  STAGE  SINCE       BEFORE  DAY     NEXT     FROM        STATUS  OPEN  STOPPED  OLDEST      REFUSED  TOLERATED  POLICIES  CUT  BLOCKERS
shop       all      warn   2026-12-31  audit   9 of 7  enforce  2027-01-07  held    1     1        2026-12-03  3        12         1         1    1 finding is open, and 0 may be
tools      all      audit  2026-12-31  -       9 of 7  warn     2026-12-31  due     0     0        -           -        -          0         0
`,
  );
});

test('plan as a document has the three layers with dates, commands, owners to fill in, and the counts of today', () => {
  const facts = { report: REPORT, today: '2026-12-20', hasPerimeter: true };
  expectGolden('rollout/plan.markdown', planDocument(facts));
  expect(planDocument({ ...facts, hasPerimeter: false })).toContain('has no `spec.perimeter`');
  const none = { ...REPORT, isKept: false, namespaces: [] };
  const empty = planDocument({ ...facts, report: none });
  expect(empty).toContain('Every namespace that a rollout names enforces already');
  expect(empty).toContain('The network is watched until 2027-01-19');
});

test('plan says what enforce would do, and the patch that is due', () => {
  expect(planText(REPORT)).toBe(`shop (all)
  mode warn since 2026-12-31, audit before; day 9 of 7; enforce from 2027-01-07, held: 1 finding is open, and 0 may be
  since 2026-12-01: 3 reviews refused, 12 let through that enforce would refuse
  new Pods of Deployment shop/search (judged since 2026-12-01, 19 days) would be refused:
    ingress-beyond-gateway: any source
  the controller would write NetworkPolicy chokepoint-mail for Deployment shop/mail
  shop/Deployment/web could connect to shop/Deployment/mail no more (TCP 8080)

tools (all)
  mode audit since 2026-12-31; day 9 of 7; warn from 2026-12-31, due
  enforce would stop none of its 3 MCP servers today
  due, to be committed:
    apiVersion: v1
    kind: Namespace
    metadata: {name: tools, labels: {chokepoint.dev/mode: warn}}
`);
});

test('where nothing is kept, or no namespace is named, that is said', () => {
  expect(statusText({ ...REPORT, isKept: false })).toMatch(/^No controller keeps how far they are/);
  expect(planText({ ...REPORT, isDated: false })).toMatch(/^No controller keeps since when findings are open.*\nshop/);
  expect(statusText({ ...REPORT, namespaces: [] })).toBe('No rollout names a namespace of this cluster.\n');
});

describe('on a cluster without the gate', () => {
  let folder: Folder;
  let server: FakeApiServer;
  beforeEach(async () => {
    folder = temporaryFolder();
    server = await startFakeCluster();
    const { origin } = server.connection.server;
    const clusters = [{ name: 'here', cluster: { server: origin } }];
    const contexts = [{ name: 'here', context: { cluster: 'here' } }];
    folder.write('kubeconfig', JSON.stringify({ 'current-context': 'here', clusters, contexts }));
    folder.write('chokepoint.yaml', ROLLOUT);
    for (const name of ['tools', 'shop']) server.put('namespaces', { metadata: { name } });
    for (const [plural, yaml] of [
      ['deployments', SERVER],
      ['networkpolicies', CLOSED],
    ] as const)
      for (const value of parseYaml(yaml)) server.put(plural, value as RawObject);
  });
  afterEach(async () => {
    await server.close();
    folder.remove();
  });

  const rollout = (...args: readonly string[]): Promise<Ran> =>
    folder.run(['rollout', ...args, '--kubeconfig', 'kubeconfig']);

  test('what enforce would do is told by the configuration of the folder', async () => {
    const { status, stdout } = await rollout('plan', '-o', 'json');
    const report = JSON.parse(stdout);
    expect([status, report.isKept, report.namespaces.map(({ namespace }: ReportedNamespace) => namespace)]).toEqual([
      0,
      false,
      ['default', 'shop', 'tools'],
    ]);
    for (const value of parseYaml(OPEN)) server.put('networkpolicies', value as RawObject);
    expect((await rollout('plan', 'shop')).status).toBe(1);
    expect((await rollout('status')).status).toBe(0);
  });

  test.each<readonly [string, readonly string[], string]>([
    ['a namespace that no rollout names', ['status', 'nowhere'], 'no rollout names nowhere'],
    ['a configuration without rollouts', ['status', '--config', 'plain.yaml'], 'has no spec.rollout'],
    ['a configuration that cannot be used', ['plan', '--config', 'bad.yaml'], 'bad.yaml cannot be used'],
    ['no command', [], 'Usage: chokepoint rollout'],
    ['another command', ['demote'], "unknown command 'demote'"],
    ['a promotion of nothing', ['promote'], "missing required argument 'namespace'"],
    ['a promotion of what no rollout names', ['promote', 'nowhere'], 'no rollout names nowhere'],
  ])('%s ends with 2', async (_, args, said) => {
    folder.write('plain.yaml', CONFIG);
    folder.write('bad.yaml', CONFIG.replace('spec:\n', 'spec:\n  rollout: {}\n'));
    const { status, stderr } = await rollout(...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
  });

  test('a promotion says what it did', async () => {
    const { status, stdout } = await rollout('promote', 'tools');
    expect([status, stdout]).toEqual([0, 'tools: mode audit raised to warn\n']);
  });

  describe('a pause', () => {
    const put = (labels: Record<string, string>, annotations: Record<string, string> = {}): void =>
      server.put('namespaces', { metadata: { name: 'tools', labels, annotations } });
    const ENFORCES = { 'chokepoint.dev/mode': 'enforce' };
    const PAUSED = { 'chokepoint.dev/rollout': 'paused' };

    test('is taken away whatever the stage', async () => {
      put(ENFORCES, PAUSED);
      expect(await rollout('resume', 'tools')).toMatchObject({ status: 0, stdout: 'tools: its rollout goes on\n' });
      put(ENFORCES, { 'chokepoint.dev/rollout': 'resumed 2026-12-14' });
      expect(await rollout('resume', 'tools')).toMatchObject({
        status: 1,
        stdout: 'tools: its rollout is not paused\n',
      });
    });

    test('is not written where no stage comes', async () => {
      put(ENFORCES);
      expect(await rollout('pause', 'tools')).toMatchObject({
        status: 1,
        stdout: 'tools: mode enforce, after which no stage comes: there is nothing to pause\n',
      });
      expect(await rollout('resume', 'tools')).toMatchObject({ status: 1 });
    });

    test('is written once', async () => {
      expect(await rollout('pause', 'tools')).toMatchObject({ status: 0, stdout: 'tools: its rollout is paused\n' });
      put({}, PAUSED);
      expect(await rollout('pause', 'tools')).toMatchObject({
        status: 1,
        stdout: 'tools: its rollout is paused already\n',
      });
    });

    test.each<readonly [mode: string, said: string]>([
      [
        'audit',
        'tools: mode audit raised to warn\ntools: its rollout is paused, and stays so: no stage comes after warn until chokepoint rollout resume tools\n',
      ],
      [
        'warn',
        'tools: mode warn raised to enforce\ntools: its rollout was paused, and stays so, though no stage comes after enforce\n',
      ],
    ])('is told by a promotion from %s', async (mode, said) => {
      put({ 'chokepoint.dev/mode': mode }, PAUSED);
      expect(await rollout('promote', 'tools', '--force')).toMatchObject({ status: 0, stdout: said });
    });
  });

  test('days in the past are no days less than none', async () => {
    const dates = '{name: all, warnFrom: 2020-01-10, enforceFrom: 2020-01-15}';
    folder.write('past.yaml', CONFIG.replace('spec:\n', `spec:\n  rollout: [${dates}]\n`));
    const { stdout } = await rollout('status', 'tools', '--config', 'past.yaml', '-o', 'json');
    const [one] = JSON.parse(stdout).namespaces;
    expect([one.day, one.days, one.next]).toEqual([1, 0, { stage: 'warn', from: '2020-01-10' }]);
    expect((await rollout('plan', 'tools', '--config', 'past.yaml')).stdout).toContain(
      'day 1, due since 2020-01-10; warn from 2020-01-10',
    );
  });
});
