import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createCertificateMetrics } from '../../../src/adapters/telemetry/certificate-metrics.ts';

it('The metrics of certificates tell when they end, how many were made, and since when something is wrong', async () => {
  const registry = new Registry();
  let nowMs = 5_000;
  const metrics = createCertificateMetrics(registry, () => nowMs);
  const lines = async (): Promise<readonly string[]> =>
    (await registry.metrics())
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => line.replace('chokepoint_controller_certificate', ''));
  const renewed = ['s_renewed_total{certificate="authority"} 1', 's_renewed_total{certificate="serving"} 0'];
  metrics.renewed('authority');
  metrics.looked({ authority: 100, serving: 50 }, true);
  expect(await lines()).toEqual([
    '_not_after_seconds{certificate="authority"} 100',
    '_not_after_seconds{certificate="serving"} 50',
    ...renewed,
    's_failing_since_seconds 0',
  ]);
  metrics.looked({ authority: 100, serving: undefined }, false);
  nowMs = 9_000;
  metrics.looked({ authority: 100, serving: undefined }, false);
  expect(await lines()).toEqual([
    '_not_after_seconds{certificate="authority"} 100',
    ...renewed,
    's_failing_since_seconds 5',
  ]);
  metrics.forget();
  expect(await lines()).toEqual([...renewed, 's_failing_since_seconds 0']);
});
