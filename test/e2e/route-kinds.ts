import { ensure } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';

const GROUP = 'gateway.networking.k8s.io';
const KINDS = [
  ['httproutes', 'HTTPRoute'],
  ['grpcroutes', 'GRPCRoute'],
] as const;

/** Makes the cluster serve routes of the Gateway API: definitions that take any object, and no controller. */
export async function serveRoutes({ request }: Pick<Connection, 'request'>): Promise<void> {
  for (const [plural, kind] of KINDS) {
    // The group is Kubernetes' own: without the note its API server takes no definition in it.
    const annotations = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api' };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const names = { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    await ensure(request, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: `${plural}.${GROUP}`, annotations },
      spec: { group: GROUP, scope: 'Namespaced', names, versions },
    });
  }
  await eventually('the routes are served', async () => {
    const answers = await Promise.all(KINDS.map(([plural]) => request('GET', `/apis/${GROUP}/v1/${plural}`)));
    return answers.every(({ status }) => status === 200) || undefined;
  });
}
