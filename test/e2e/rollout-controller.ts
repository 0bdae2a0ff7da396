import { readFileSync } from 'node:fs';
import { startController } from '../../src/main/controller.ts';

/**
 * `node rollout-controller.ts KUBECONFIG CONFIG CLOCK`: the controller as it is, but that its rollouts go by the milliseconds in the file CLOCK, and are
 * looked at all the time. SIGTERM ends it in order.
 */
const [, , kubeconfig = '', config = '', clock = ''] = process.argv;

const controller = await startController({
  cluster: { kubeconfig, env: {}, home: '/nowhere' },
  namespace: 'chokepoint-system',
  config,
  workingFolder: '/',
  host: '127.0.0.1',
  healthPort: 0,
  leaseTimes: { durationMs: 3_000, renewMs: 2_000, retryMs: 300 },
  rolloutClock: { nowMs: () => Number(readFileSync(clock, 'utf8')), everyMs: 200 },
});
process.once('SIGTERM', () => void controller.close().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ ready: true, healthPort: controller.healthPort })}\n`);
