import type { NetworkPolicy } from '../../core/kube/types.ts';
import { parseAddress } from '../../core/net/ip.ts';
import type { createReach, ReachAnswer } from '../../core/netpol/reach.ts';
import type { ReachReason } from '../../core/netpol/reach-pods.ts';
import type { World } from '../../core/world/world.ts';
import type { TriedPort } from './attempts.ts';

/** Where a connection leads: an address, and a port of it. */
interface Destination {
  readonly address: string;
  readonly port: TriedPort;
}

/** A connection as the judge is asked about it: from a Pod that is there, to an address. */
export interface AskedConnection extends Destination {
  readonly namespace: string;
  readonly pod: string;
  /** Where the Service leads whose address it is; absent: it is no Service's. */
  readonly behind?: Destination;
}

/** What the judge says. */
export interface Judged {
  /** `null`: it cannot tell. */
  readonly allowed: boolean | null;
  /** Why it cannot; a clause without a full stop, empty where it can. */
  readonly why: string;
}

const PLUGINS_DIFFER =
  'network plugins differ in whether a block means the address of a Service or that of the Pod behind it';

/** Whether a rule lets out to something else than a block: pods by selectors, or everything. */
function isBesideBlocks({ policy: name, path }: ReachReason, { namespace }: AskedConnection, world: World): boolean {
  const policies: Iterable<NetworkPolicy> = world.namespace(namespace).policies.values();
  return [...policies]
    .filter(({ meta }) => `${meta.namespace}/${meta.name}` === name)
    .flatMap(({ egress }) => (egress.isolates ? egress.rules : []))
    .some(rule =>
      rule.peers.kind === 'any'
        ? rule.path === path
        : rule.peers.peers.some(peer => peer.path === path && peer.kind !== 'block'),
    );
}

function told({ allowed, causes = [] }: ReachAnswer): Judged {
  return { allowed, why: causes.map(({ why }) => why).join('; ') };
}

/**
 * What the judge says of a connection. By a Service it is judged as one to the Pod behind it, which is what selectors mean. Of blocks it is left to network plugins
 * whether they look at addresses before or after that translation (Kubernetes' page "Network Policies"): where the two differ, the judge cannot tell.
 */
export function judgeConnection(asked: AskedConnection, reach: ReturnType<typeof createReach>, world: World): Judged {
  const answerFor = ({ address: text, port: { number: port, protocol } }: Destination): ReachAnswer | undefined => {
    const address = parseAddress(text);
    if (address === undefined) return undefined;
    const from = { kind: 'pod', namespace: asked.namespace, name: asked.pod, workload: 'Pod' } as const;
    const answer = reach({ from, to: { kind: 'ip', address }, port, protocol });
    return 'allowed' in answer ? answer : undefined;
  };
  const answer = answerFor(asked.behind ?? asked);
  if (answer === undefined) return { allowed: null, why: '' };
  // Whatever lets it out, nothing lets it in.
  if (asked.behind === undefined || answer.ingress.allowed === false) return told(answer);
  const isSame = answerFor(asked)?.egress.allowed === answer.egress.allowed;
  return isSame || answer.egress.by.some(by => isBesideBlocks(by, asked, world))
    ? told(answer)
    : { allowed: null, why: PLUGINS_DIFFER };
}
