import type { Finding } from '../../core/decision.ts';
import { refText } from '../../core/explain.ts';
import { matches } from '../../core/kube/selector.ts';
import type { PodPeer, Workload } from '../../core/kube/types.ts';
import { listed } from '../../core/listed.ts';
import { compare } from '../../core/order.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import type { RuleContext } from '../../core/rule.ts';
import { refOf } from '../../core/world/refs.ts';
import { namespaceLabels, type World } from '../../core/world/world.ts';
import { type MapWay, type ServerMap, WAY_STANDINGS } from './model.ts';
import { type DrawnWay, drawnWays, levelsFound, standingOf } from './ways.ts';

/** Ways of one side that are drawn; the worst are. */
const MAX_WAYS = 24;
/** Workloads that a way names. */
const NAMED_WORKLOADS = 3;

/** Names the workloads of a world that are the pods of a peer: what another made stands for it. */
export type NameWorkloads = (peer: PodPeer, ownNamespace: string) => string | undefined;

interface KnownWorkload {
  readonly name: string;
  readonly workload: Workload;
  readonly labels: ReturnType<typeof namespaceLabels>;
}

function workloadsOf(world: World): readonly KnownWorkload[] {
  return world.namespaceNames().flatMap(name => {
    const content = world.namespace(name);
    const owners = ownersIn(content);
    const labels = namespaceLabels(content);
    return [...content.workloads.values()]
      .filter(workload => !workload.hostNetwork && lineage(workload, owners).length === 1)
      .map(workload => ({ name: refText(refOf(workload)), workload, labels }));
  });
}

const peerKey = ({ namespaces, pods }: PodPeer, own: string): string => {
  const text = (selector: PodPeer['pods']) => selector.map(({ key, operator, values }) => [key, operator, [...values]]);
  return JSON.stringify([namespaces === 'own' ? own : text(namespaces), text(pods)]);
};

/** Each peer is looked up once, however many servers it is a peer of. */
export function workloadNames(world: World): NameWorkloads {
  const all = workloadsOf(world);
  const known = new Map<string, string | undefined>();
  return (peer, own) => {
    const key = peerKey(peer, own);
    if (known.has(key)) return known.get(key);
    const names = all
      .filter(({ workload, labels }) => {
        const { namespaces, pods } = peer;
        const isThere = namespaces === 'own' ? workload.meta.namespace === own : matches(namespaces, labels);
        return isThere && matches(pods, workload.podLabels);
      })
      .map(({ name }) => name)
      .sort(compare);
    const text = names.length === 0 ? undefined : listed(names, NAMED_WORKLOADS);
    known.set(key, text);
    return text;
  };
}

/** What leads to a server past all policies. */
const PUBLISHING: ReadonlySet<string> = new Set(['service-exposed', 'route-bypasses-gateway', 'second-interface']);

function publishedWays(findings: readonly Finding[]): readonly MapWay[] {
  return findings
    .filter(({ rule }) => PUBLISHING.has(rule))
    .map(({ level, object, message, witness }) => ({
      side: 'from',
      standing: level === 'deny' ? 'open' : 'warned',
      end: { id: 'published', text: 'past the gateway' },
      who: `${refText(object)}: ${message}`,
      ports: witness?.port === undefined ? 'every port' : `${witness.protocol ?? 'TCP'} ${witness.port}`,
      by: [],
    }));
}

/** What is the same but for the rules is one way. */
function merged(ways: readonly MapWay[]): readonly MapWay[] {
  const groups = Map.groupBy(ways, ({ standing, end, who, ports }) => JSON.stringify([standing, end.id, who, ports]));
  return [...groups.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : { ...first, by: [...new Set([first, ...more].flatMap(({ by }) => by))] },
  );
}

/** The worst first. */
function sorted(ways: readonly MapWay[]): readonly MapWay[] {
  const weight = ({ standing }: MapWay): number => WAY_STANDINGS.indexOf(standing);
  return ways.toSorted((a, b) => weight(a) - weight(b) || compare(a.end.text, b.end.text) || compare(a.who, b.who));
}

/** The picture of one server. `findings`: what is found of it, without what an exception sets aside. */
export function serverMap(context: RuleContext, findings: readonly Finding[], nameWorkloads: NameWorkloads): ServerMap {
  const levels = levelsFound(findings);
  const own = context.subject.meta.namespace;
  const drawn = ({ beyond, peer, at, ...way }: DrawnWay): MapWay => {
    const now = peer && nameWorkloads(peer, own);
    return {
      ...way,
      standing: standingOf({ beyond, ...(at !== undefined && { at }), ...way }, levels),
      ...(now && { now }),
    };
  };
  const side = (direction: 'ingress' | 'egress', more: readonly MapWay[]): readonly MapWay[] =>
    sorted(merged([...drawnWays(direction, context).map(drawn), ...more]));
  const sides = [side('ingress', publishedWays(findings)), side('egress', [])];
  const left = sides.reduce((sum, ways) => sum + Math.max(0, ways.length - MAX_WAYS), 0);
  const tooLarge = context.traffic.isTooLarge ? ['Its policies are too large to be drawn.'] : [];
  return {
    ways: sides.flatMap(ways => ways.slice(0, MAX_WAYS)),
    notes: [...tooLarge, ...(left > 0 ? [`${left} more ways are not drawn.`] : [])],
  };
}
