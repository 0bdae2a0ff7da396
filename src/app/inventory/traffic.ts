import type { Decision, OpenTraffic } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { refText } from '../../core/explain.ts';
import type { Direction, Workload } from '../../core/kube/types.ts';
import { toCidrs } from '../../core/net/addresses.ts';
import { ALL_PORTS } from '../../core/net/ports.ts';
import type { Opening } from '../../core/netpol/effective.ts';
import { type LetThrough, letByDefault, letThrough } from '../../core/netpol/let-through.ts';
import { openBoxes, openPods, openToAll } from '../../core/netpol/open-traffic.ts';
import { peerText } from '../../core/netpol/peer-text.ts';
import type { NamedPort } from '../../core/netpol/port-names.ts';
import type { OpenByDefault } from '../../core/netpol/server-tiers.ts';
import { refOf } from '../../core/world/refs.ts';
import type { World } from '../../core/world/world.ts';
import type { InventoryPeer, InventoryTraffic } from './inventory.ts';

const EVERYTHING: InventoryPeer = {
  who: peerText('any', ''),
  by: '',
  ...(openToAll(ALL_PORTS)[0] ?? { peers: [], ports: [] }),
};

/** Traffic as a set. A port by name is one of the other end's. */
function setOf(one: LetThrough, names: readonly NamedPort[] = []): readonly OpenTraffic[] {
  if (one.kind === 'addresses') return openBoxes([one]);
  return openPods({ kind: 'pods', path: '', ...one.selected }, '', one.selected.ports, names);
}

const isSome = ({ ports, peers }: OpenTraffic): boolean => ports.length > 0 && peers.length > 0;

/** What a rule lets through, less what others decide before it. */
function peerOf(opening: Opening): readonly InventoryPeer[] {
  const { peer, policy, path, ports, names, earlier } = opening;
  const { namespace } = policy.meta;
  const by = `${'says' in policy ? refText(refOf(policy)) : `${namespace}/${policy.meta.name}`} ${path}`;
  const sets =
    peer === 'any' && earlier === undefined ? openToAll(ports) : letThrough(opening).flatMap(one => setOf(one, names));
  return sets.filter(isSome).map(set => ({ who: peerText(peer, namespace), by, ...set }));
}

const whoOf = (one: LetThrough): string =>
  one.kind === 'addresses'
    ? `addresses ${toCidrs(one.addresses).join(', ')}`
    : peerText({ kind: 'pods', path: '', ...one.selected }, '');

/** What is open though no policy says so. */
const openedByDefault = (open: OpenByDefault): readonly InventoryPeer[] =>
  letByDefault(open).flatMap(one =>
    setOf(one)
      .filter(isSome)
      .map(set => ({ who: whoOf(one), by: '', ...set })),
  );

/** What the policies let in and out of a server's pods, by the rules of each, those of other APIs among them. */
export function trafficOf(
  workload: Workload,
  world: World,
  judge: Pick<Judge, 'traffic'>,
): Readonly<Record<Direction, InventoryTraffic>> & { readonly isTooLarge: boolean } {
  const traffic = judge.traffic(world, workload);
  const direction = (name: Direction): InventoryTraffic => {
    const { isolated, openings, byDefault } = traffic[name];
    const isOpen = workload.hostNetwork || (!isolated && byDefault === undefined);
    if (isOpen) return { isolated: false, open: [EVERYTHING] };
    const left = isolated || byDefault === undefined ? [] : openedByDefault(byDefault);
    return { isolated, open: [...openings.flatMap(peerOf), ...left] };
  };
  return { ingress: direction('ingress'), egress: direction('egress'), isTooLarge: traffic.isTooLarge };
}

/** What may open or close more, a sentence each. */
export function notJudgedOf({ causes }: Decision, isTooLarge: boolean): readonly string[] {
  const size = isTooLarge ? ['its policies are too large to be listed'] : [];
  return [...size, ...causes.filter(({ code }) => code !== 'unknown-networks').map(({ message }) => message)];
}
