import type { Answer, Request } from '../control-plane/client.ts';
import { PODS, POLICIES, pathIn } from '../e2e/scene.ts';
import { CLOSED, pod, podSpec, policy, serverDeployment } from '../e2e/servers.ts';
import type { Place } from './places.ts';

/** One call of somebody who does his work; all of them must pass. */
export interface OrdinaryCall {
  readonly what: string;
  readonly send: () => Promise<Answer>;
}

const APPLY = 'application/apply-patch+yaml';
const DEPLOYMENTS = 'apis/apps/v1/deployments';
const SERVICES = 'api/v1/services';

const closing = (app: string): object => ({
  ...policy(app, { ...CLOSED, podSelector: { matchLabels: { app } } }),
});
const harmless = (name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: podSpec({ containers: [{ name: 'web', image: 'registry.test/web:1' }] }),
    },
  },
});
const service = (app: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: app },
  spec: { selector: { app }, ports: [{ port: 80, targetPort: 8080 }] },
});

/**
 * What a user does in a place, by the turn: he applies a server with what closes it and around it, changes it, and takes it away again. Its policy goes in a
 * later turn, when its Pods are long gone; where the controller makes the policies he applies none. `past`: the turn whose policy goes now.
 */
export function callsOf(
  request: Request,
  { namespace, purpose }: Place,
  user: string,
  turn: number,
  past: number | undefined,
): readonly OrdinaryCall[] {
  const app = `${user}-${turn}`;
  const single = `server-${app}`;
  const labels = { app, 'chokepoint.dev/mcp-server': 'true' };
  const apply = (collection: string, name: string, object: object): Promise<Answer> =>
    request('PATCH', pathIn(namespace, `${collection}/${name}?fieldManager=${user}&force=true`), object, {
      contentType: APPLY,
    });
  const remove = (collection: string, name: string): Promise<Answer> =>
    request('DELETE', pathIn(namespace, `${collection}/${name}`), { gracePeriodSeconds: 0 });
  const patch = (path: string, body: object): Promise<Answer> => request('PATCH', path, body);
  const withPolicies = purpose !== 'create';
  const call = (what: string, send: () => Promise<Answer>): OrdinaryCall => ({ what, send });
  return [
    ...(withPolicies ? [call('apply a policy', () => apply(POLICIES, app, closing(app)))] : []),
    call('apply a server', () => apply(DEPLOYMENTS, app, serverDeployment(app))),
    call('create a Pod', () => request('POST', pathIn(namespace, PODS), pod(single, labels))),
    call('apply a Service', () => apply(SERVICES, app, service(app))),
    call('change a server', () =>
      patch(pathIn(namespace, `${DEPLOYMENTS}/${app}`), { spec: { template: { metadata: { annotations: { app } } } } }),
    ),
    call('apply a workload', () => apply(DEPLOYMENTS, `web-${user}`, harmless(`web-${user}`))),
    call('label a namespace', () =>
      patch(`/api/v1/namespaces/${namespace}`, { metadata: { labels: { [`team-${user}`]: String(turn) } } }),
    ),
    ...(withPolicies
      ? [
          call('change a policy', () =>
            patch(pathIn(namespace, `${POLICIES}/${app}`), { metadata: { annotations: { turn: String(turn) } } }),
          ),
        ]
      : []),
    call('try a Pod', () => request('POST', pathIn(namespace, `${PODS}?dryRun=All`), pod('tried', labels))),
    call('delete a Pod', () => remove(PODS, single)),
    call('delete a server', () => remove(DEPLOYMENTS, app)),
    call('delete a Service', () => remove(SERVICES, app)),
    ...(withPolicies && past !== undefined ? [call('delete a policy', () => remove(POLICIES, `${user}-${past}`))] : []),
  ];
}
