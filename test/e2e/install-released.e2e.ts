import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeChart } from '../../packaging/release/chart.ts';
import { makeManifests } from '../../packaging/release/manifests.ts';
import type { Release } from '../../packaging/release/release.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { PACKAGE } from '../packaging/stand-in.ts';
import { SYSTEM } from './gate.ts';
import { closedNamespace, refusesTheBadAndAdmitsTheGood, untilJudged } from './guarded.ts';
import { type Installation, startInstallation } from './installation.ts';

/** What a release gives away is installed as its users do: one file applied, and the chart out of its archive. Needs the private network. */

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe.skipIf(NODE_ADDRESS === undefined)('a release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-install-released-'));
  const release: Release = {
    version: PACKAGE.version,
    commit: '',
    epoch: 1_790_000_000,
    image: 'registry.test/chokepoint',
    repository: undefined,
    output: folder,
    work: join(folder, 'work'),
  };
  let it: Installation;
  let enforced: string;
  beforeAll(async () => {
    it = await startInstallation();
    enforced = await closedNamespace(it.cluster);
    makeManifests(release, DIGEST, (await findBinaries(['kubectl'])).kubectl);
    makeChart(release, DIGEST);
  });
  afterAll(async () => {
    await it?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const images = async (): Promise<readonly string[]> => {
    const path = 'jsonpath={.items[*].spec.template.spec.containers[*].image}';
    const { stdout } = await it.cluster.kubectl(['get', 'deployments', '-n', SYSTEM, '-o', path]);
    return [...new Set(stdout.split(' '))];
  };
  const named = [`registry.test/chokepoint:${PACKAGE.version}@${DIGEST}`];

  test('is installed by one file, judges, and goes by the same file', async () => {
    const file = join(folder, 'install-self-signed.yaml');
    const applied = await it.cluster.kubectl(['apply', '-f', file]);
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    await untilJudged(it.cluster, enforced);
    await refusesTheBadAndAdmitsTheGood(it);
    expect(await images()).toEqual(named);
    const gone = await it.cluster.kubectl(['delete', '-f', file, '--wait=true', '--timeout=60s']);
    expect([gone.code, gone.stderr]).toEqual([0, '']);
  });

  test('is installed by its chart, and judges', async () => {
    const chart = join(folder, `chokepoint-chart-${PACKAGE.version}.tgz`);
    const args = ['install', 'chokepoint', chart, '--namespace', SYSTEM, '--create-namespace'];
    const installed = await it.cluster.helm(args);
    expect([installed.code, installed.stderr]).toEqual([0, '']);
    await untilJudged(it.cluster, enforced);
    expect(await images()).toEqual(named);
  });
});
