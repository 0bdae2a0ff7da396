import { expect, test } from 'vitest';
import { serviceOfHost } from '../../../src/core/kube/service-host.ts';

test.each([
  ['weather.tools.svc', undefined, 'tools/weather'],
  ['weather.tools.svc.cluster.local', undefined, 'tools/weather'],
  ['weather.tools.svc.clusterset.local.', undefined, 'tools/weather'],
  ['Weather.Tools.SVC.Cluster.Local', undefined, 'tools/weather'],
  ['weather-0.weather.tools.svc.cluster.local', undefined, 'tools/weather'],
  ['weather.tools', undefined, 'tools/weather'],
  ['weather.tools.', undefined, 'tools/weather'],
  ['svc.tools.svc', undefined, 'tools/svc'],
  ['svc.svc.svc', undefined, 'svc/svc'],
  ['weather', 'tools', 'tools/weather'],
  ['weather', undefined, ''],
  ['weather.tools.example.com', 'tools', ''],
  ['10.244.0.7', 'tools', ''],
  ['.tools', 'tools', ''],
  ['', 'tools', ''],
])('the host %j, said in the namespace %j, stands for the Service %j', (host, home, service) => {
  const found = serviceOfHost(host, home);
  expect(found === undefined ? '' : `${found.namespace}/${found.name}`).toBe(service);
});
