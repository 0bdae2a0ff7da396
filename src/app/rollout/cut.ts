import type { GatePolicy } from '../../core/gate/types.ts';
import { createDecoder } from '../../core/kube/decode.ts';
import { listReach, type ReachList } from '../../core/netpol/reach-list.ts';
import { type ReachPods, reachPods, workloadName } from '../../core/netpol/reach-pods.ts';
import { overlay } from '../../core/world/overlay.ts';
import type { World } from '../../core/world/world.ts';
import type { WorkloadRef } from '../controller/action.ts';
import type { Outlook } from './outlook.ts';

/** Somebody who can connect to a server today, and could not once its policy is written. Names are `namespace/Kind/name`. */
export interface CutClient {
  readonly server: string;
  readonly client: string;
  /** `TCP 8080`, ascending. */
  readonly ports: readonly string[];
}

/** Workloads that can reach the server on ports that it declares, each with these ports. Where that is not known, nobody. */
function clientsOf(
  world: World,
  pods: ReachPods,
  { namespace, kind, name }: WorkloadRef,
): ReadonlyMap<string, ReadonlySet<string>> {
  const end = { kind: 'pod', namespace, name, workload: kind } as const;
  const list = listReach(world, pods, { direction: 'ingress', end });
  const workloads: ReachList['workloads'] = 'workloads' in list ? list.workloads : [];
  return new Map(
    workloads.map(({ workload, ports }) => [
      workloadName(workload),
      new Set(ports.map(({ protocol, port }) => `${protocol} ${port}`)),
    ]),
  );
}

/** What of an outlook is looked at. */
interface Seen extends Pick<Outlook, 'world'> {
  readonly planned: readonly Pick<Outlook['planned'][number], 'manifest' | 'server'>[];
}

/** The world with the policies that the controller would write. */
function withPolicies({ world, planned }: Seen): World {
  const decode = createDecoder();
  return planned.reduce((now, { manifest }) => {
    const decoded = decode({ ...manifest });
    return decoded.kind === 'object' ? overlay(now, { after: decoded.object }) : now;
  }, world);
}

/** Who could connect no more to the servers for which the controller would write policies, on the dataplane of the cluster. Costs what the world holds. */
export function clientsCut(outlook: Seen, { dataplane }: Pick<GatePolicy, 'dataplane'>): readonly CutClient[] {
  if (outlook.planned.length === 0) return [];
  const after = withPolicies(outlook);
  const [podsNow, podsAfter] = [reachPods(outlook.world, dataplane), reachPods(after, dataplane)];
  return outlook.planned.flatMap(({ server }) => {
    const left = clientsOf(after, podsAfter, server);
    return [...clientsOf(outlook.world, podsNow, server)].flatMap(([client, ports]): readonly CutClient[] => {
      const gone = [...ports].filter(port => !left.get(client)?.has(port)).sort();
      if (gone.length === 0) return [];
      return [{ server: `${server.namespace}/${server.kind}/${server.name}`, client, ports: gone }];
    });
  });
}
