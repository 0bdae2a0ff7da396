import type { Finding } from './decision.ts';
import type { ContainerPort, NetworkPolicy, Workload } from './kube/types.ts';
import {
  type AddressSet,
  intersectAddresses,
  isNoAddress,
  subtractAddresses,
  unionAddresses,
} from './net/addresses.ts';
import type { Family } from './net/ip.ts';
import { openingsOfPolicy, type PolicyOpenings } from './netpol/effective.ts';
import { assumedReach } from './netpol/egress.ts';
import type { Granted } from './netpol/granted.ts';
import type { Guarded } from './netpol/guarded.ts';
import { type NamespaceContent, namespaceLabels } from './world.ts';

/** What was worked out of one policy for servers that are alike. */
interface PolicyWork {
  readonly openings: PolicyOpenings;
  /** What its egress reaches of the assumed space. */
  assumed: AddressSet | undefined;
  /** By the whole that it was judged in, see {@link Alike.assumedIsOpen}: what the rules find, with the key that findings are sorted by. */
  readonly findings: Map<string, readonly (readonly [string, Finding])[]>;
}

/** What servers of one namespace that declare the same ports have in common. */
export interface Alike {
  workOf(policy: NetworkPolicy): PolicyWork;
  assumedIsOpen(policies: readonly NetworkPolicy[], guarded: Guarded, by: Granted): Readonly<Record<Family, boolean>>;
}

function createAlike(containerPorts: readonly ContainerPort[]): Alike {
  const works = new Map<NetworkPolicy, PolicyWork>();
  const workOf = (policy: NetworkPolicy): PolicyWork => {
    const known = works.get(policy);
    if (known !== undefined) return known;
    const work = { openings: openingsOfPolicy(policy, containerPorts), assumed: undefined, findings: new Map() };
    works.set(policy, work);
    return work;
  };
  const assumedOf = (policy: NetworkPolicy, guarded: Guarded, by: Granted): AddressSet => {
    const work = workOf(policy);
    const boxes = (): AddressSet[] =>
      work.openings.egress.flatMap(opening => assumedReach(opening, guarded, by).map(({ addresses }) => addresses));
    work.assumed ??= unionAddresses(boxes());
    return work.assumed;
  };
  return {
    workOf,
    assumedIsOpen: (policies, guarded, by) => {
      const { assumed } = guarded.networks;
      let closed = assumed;
      for (const policy of guarded.unknown.length === 0 ? [] : policies) {
        const opened = intersectAddresses(closed, assumedOf(policy, guarded, by));
        if (!isNoAddress(opened)) closed = subtractAddresses(closed, opened);
      }
      return {
        4: assumed.v4.length > 0 && closed.v4.length === 0,
        6: assumed.v6.length > 0 && closed.v6.length === 0,
      };
    },
  };
}

/** Remembers what was worked out of policies while the servers of one change are judged: most of it is true of all of them, before the change and after. */
export interface PolicyMemory {
  alike(subject: Workload, content: NamespaceContent, containerPorts: readonly ContainerPort[]): Alike;
}

/** A memory for one change: it holds what it has seen of policies, so it must not outlive the judgement. For one GatePolicy. */
export function createPolicyMemory(): PolicyMemory {
  const groups = new Map<string, Alike>();
  return {
    alike: (subject, content, containerPorts) => {
      const ports = containerPorts.map(({ name, number, protocol }) => [name, number, protocol]);
      const { reachedFrom = [], reaches = [] } = subject.operator ?? {};
      const companions = [[...reachedFrom], [...reaches]];
      const key = JSON.stringify([content.name, [...namespaceLabels(content)], subject.hostNetwork, ports, companions]);
      const known = groups.get(key) ?? createAlike(containerPorts);
      groups.set(key, known);
      return known;
    },
  };
}
