import { channel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { startController } from '../../src/main/controller.ts';

/**
 * `node rollout-controller.ts KUBECONFIG CONFIG CLOCK [before|after [N]]`: the controller as it is, but that its rollouts go by the milliseconds in the file
 * CLOCK, and are looked at all the time. SIGTERM ends it in order. `before`, `after`: it kills itself before it asks for the Nth write of a rollout (its
 * state, an Event about a namespace, the label of one; absent: the first), or once that is answered.
 */
const [, , kubeconfig = '', config = '', clock = '', dies = '', nth = '1'] = process.argv;

const CHANNELS: ReadonlyMap<string, string> = new Map([
  ['before', 'http.client.request.created'],
  ['after', 'http.client.response.finish'],
]);
const OF_ROLLOUT = /\/configmaps\/chokepoint-rollout\?|\/namespaces\/default\/events$|^\/api\/v1\/namespaces\/[^/]+\?/;

const at = CHANNELS.get(dies);
let writes = 0;
if (at !== undefined)
  channel(at).subscribe(message => {
    const { method, path } = (message as { readonly request: ClientRequest }).request;
    if (method === 'GET' || !OF_ROLLOUT.test(path.includes('?') || path.endsWith('/events') ? path : `${path}?`))
      return;
    writes += 1;
    if (writes < Number(nth)) return;
    process.stdout.write(`${JSON.stringify({ dies, at: `${method} ${path}` })}\n`);
    process.kill(process.pid, 'SIGKILL');
  });

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
