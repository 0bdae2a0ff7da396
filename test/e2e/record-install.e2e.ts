import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROGRAM } from '../cli/run.ts';
import { eventually } from '../control-plane/eventually.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { type Collector, startCollector, withRecord } from './collector.ts';
import { SYSTEM } from './gate.ts';
import { BAD, closedNamespace, isAvailable, MODE, replicas, untilJudged } from './guarded.ts';
import { type Installation, startInstallation } from './installation.ts';
import { newNamespace } from './shared-cluster.ts';

/** The component `record` as somebody installs it: what the API server asked the webhook is shipped by its sidecar, and found again. */

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('the component record', () => {
  let it: Installation;
  let folder: string;
  let collector: Collector;
  let team: string;

  beforeAll(async () => {
    it = await startInstallation();
    folder = mkdtempSync(join(tmpdir(), 'chokepoint-record-'));
    collector = await startCollector();
    writeFileSync(join(folder, 'kustomization.yaml'), withRecord(folder, collector));
    const enforced = await closedNamespace(it.cluster);
    const applied = await it.cluster.kubectl(['apply', '-k', folder]);
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    await untilJudged(it.cluster, enforced);
    await isAvailable(it.cluster, SYSTEM, 'chokepoint-webhook');
    team = await newNamespace(it.cluster, 'test-team', { [MODE]: 'enforce' });
  }, 240_000);
  afterAll(async () => {
    collector?.stop();
    await it?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What `audit query` finds in what was shipped. */
  function found(...question: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    const file = join(folder, 'shipped.jsonl');
    writeFileSync(file, `${collector.lines.join('\n')}\n`);
    return new Promise((resolve, reject) =>
      execFile(
        process.execPath,
        [PROGRAM, 'audit', 'query', file, '-o', 'json', ...question],
        { maxBuffer: 64 * 1024 * 1024 },
        (error, stdout) =>
          error
            ? reject(error)
            : resolve(
                stdout
                  .trim()
                  .split('\n')
                  .filter(Boolean)
                  .map(line => JSON.parse(line)),
              ),
      ),
    );
  }

  test('a refusal is shipped by the sidecar of the Pod that answered, and found by who asked and what was decided', async () => {
    const bad = await it.cluster.kubectl(['apply', '-n', team, '-f', '-'], { stdin: BAD });
    expect(bad.code).toBe(1);
    const lines = await eventually('the refusal is shipped', async () => {
      const refused = await found('-n', team, '--decision', 'deny');
      return refused.length > 0 ? refused : undefined;
    });
    expect(lines[0]).toMatchObject({
      type: 'decision',
      operation: 'CREATE',
      object: { namespace: team },
      user: { groups: expect.arrayContaining(['system:masters']) },
      decision: 'deny',
      allowed: false,
    });
    expect(it.pods.log()).toContain(`"uid":"${lines[0]?.uid}"`);
  });

  test('its metrics are where the PodMonitor looks', async () => {
    const pods = await replicas(it.cluster);
    expect(pods.length).toBe(2);
    for (const address of pods) {
      const metrics = await (await fetch(`http://${address}:8081/metrics`)).text();
      expect(metrics).toMatch(/^chokepoint_recorder_shipped_lines_total\{sink="siem"\} /m);
      expect(metrics).toMatch(/^chokepoint_recorder_lost_lines_total\{sink="siem"\} 0$/m);
    }
  });

  test('Pods that are replaced ship all that they wrote, before they end', async () => {
    const asked: string[] = [];
    const ask = async (): Promise<void> => {
      const name = `asked-${asked.length}`;
      asked.push(name);
      const object = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80 }] } };
      expect((await it.cluster.request('POST', `/api/v1/namespaces/${team}/services`, object)).status).toBe(201);
    };
    const restart = ['rollout', 'restart', '-n', SYSTEM, 'deployment/chokepoint-webhook'];
    expect((await it.cluster.kubectl(restart)).code).toBe(0);
    const names = async (): Promise<number> =>
      (
        await it.cluster.request(
          'GET',
          `/api/v1/namespaces/${SYSTEM}/pods?labelSelector=app.kubernetes.io/component=webhook`,
        )
      ).body.items.length;
    let most = 0;
    await eventually(
      'the old Pods are gone',
      async () => {
        await ask();
        const count = await names();
        most = Math.max(most, count);
        return (most > 2 && count === 2) || undefined;
      },
      { timeoutMs: 150_000, everyMs: 100 },
    );
    await ask();
    await eventually('every line is shipped', async () => {
      const lines = await found('-n', team, '--kind', 'Service');
      const told = new Set(lines.map(({ object }) => (object as { readonly name: string }).name));
      return asked.every(name => told.has(name)) || undefined;
    });
  }, 240_000);
});
