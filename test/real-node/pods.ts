import { expectOk } from '../control-plane/client.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';
import { IMAGES } from './machine.ts';

/** A Pod that does what the script says, by Node.js, with nothing allowed to it. */
export interface ScriptedPod {
  readonly name: string;
  readonly namespace: string;
  /** Name of the node; absent: the scheduler chooses. */
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly script: string;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number; readonly protocol?: string }[];
}

/** The restricted profile of Pod Security, and a root that is read-only. */
const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

const manifest = ({ name, namespace, node, labels = {}, script, ports = [] }: ScriptedPod) => ({
  metadata: { name, namespace, labels },
  spec: {
    ...(node !== undefined && { nodeName: node }),
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'script',
        image: IMAGES.program,
        imagePullPolicy: 'Never',
        command: ['/nodejs/bin/node', '-e', script],
        securityContext: RESTRICTED,
        ports,
      },
    ],
  },
});

const pathOf = ({ namespace, name }: Pick<ScriptedPod, 'namespace' | 'name'>): string =>
  `/api/v1/namespaces/${namespace}/pods/${name}`;

/** Creates the Pod. */
export async function createPod({ request }: Cluster, pod: ScriptedPod): Promise<void> {
  expectOk(await request('POST', `/api/v1/namespaces/${pod.namespace}/pods`, manifest(pod)), `pod ${pod.name}`);
}

/** The addresses of a Pod once it runs, IPv4 first. */
export function podAddresses(
  { request }: Cluster,
  pod: Pick<ScriptedPod, 'namespace' | 'name'>,
): Promise<readonly string[]> {
  return eventually(`${pod.name} runs`, async () => {
    const { body } = await request('GET', pathOf(pod));
    if (body.status?.phase === 'Failed') throw new Error(JSON.stringify(body.status));
    const ips: readonly { ip: string }[] = body.status?.podIPs ?? [];
    return body.status?.phase === 'Running' && ips.length > 0 ? ips.map(({ ip }) => ip) : undefined;
  });
}

/** What a Pod that ends wrote as its termination message. */
export function terminationMessage(
  { request }: Cluster,
  pod: Pick<ScriptedPod, 'namespace' | 'name'>,
): Promise<string> {
  return eventually(`${pod.name} ends`, async () => {
    const { body } = await request('GET', pathOf(pod));
    const terminated = body.status?.containerStatuses?.[0]?.state?.terminated;
    return terminated === undefined ? undefined : String(terminated.message ?? '');
  });
}
