import { startController } from '../../src/main/controller.ts';

/**
 * `node reports-controller.ts KUBECONFIG CONFIG`: the controller as it is, but that it looks and reports after a second and not after a minute. SIGTERM
 * ends it in order.
 */
const [, , kubeconfig = '', config = ''] = process.argv;

const controller = await startController({
  cluster: { kubeconfig, env: {}, home: '/nowhere' },
  namespace: 'chokepoint-system',
  config,
  workingFolder: '/',
  host: '127.0.0.1',
  healthPort: 0,
  leaseTimes: { durationMs: 3_000, renewMs: 2_000, retryMs: 300 },
  reports: 'auto',
  surveyTimes: { everyMs: 200, restMs: 1_000 },
  historyTimes: { everyMs: 200, restMs: 1_000, refreshMs: 60_000 },
  reportTimes: { everyMs: 200, restMs: 1_000, servedMs: 1_000, reassertMs: 60_000 },
});
process.once('SIGTERM', () => void controller.close().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ ready: true, healthPort: controller.healthPort })}\n`);
