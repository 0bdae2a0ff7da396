import { dataplaneOf, withDataplane } from '../../../app/cluster-dataplane.ts';
import type { Dataplane } from '../../../core/gate/dataplane.ts';
import type { GatePolicy } from '../../../core/gate/types.ts';
import { GateError } from '../../../errors.ts';
import type { Client } from '../client/client.ts';
import type { ClusterCache } from './cache.ts';
import { followReading } from './follow-reading.ts';
import { CILIUM_CONFIG, readMatchMode } from './read-match-mode.ts';

/** What a cluster shows of its dataplane, kept up to date. */
export interface FollowedDataplane {
  /** The policy with it: the same object until something of it changes. */
  complete(policy: GatePolicy): GatePolicy;
  /** What cannot be known, and what is supposed instead; empty where all is known. A clause without a full stop. */
  trouble(): string;
  /** Calls the listener when the settings say something else; the cache tells of agents. */
  onChange(listener: () => void): void;
  stop(): void;
}

/** What the settings of Cilium say; `blocksHoldNodes` is absent where they may not be read. */
interface MatchMode {
  readonly blocksHoldNodes?: boolean;
  /** Of the answer; absent: there was none, as nothing was asked. */
  readonly status?: number;
}

/** Rejects with a GateError where there is no answer, or one that says nothing of the right. */
async function readSettings(client: Client): Promise<MatchMode> {
  const mode = await readMatchMode(client);
  if (typeof mode === 'boolean') return { blocksHoldNodes: mode };
  const { status } = mode;
  if (status === 401 || status === 403) return { status };
  throw new GateError('unexpected-answer', `${CILIUM_CONFIG.name} cannot be read: the API server answers ${status}`);
}

const UNKNOWN: MatchMode = {};

function troubleOf({ status }: MatchMode): string {
  if (status === undefined) return '';
  const { namespace, name } = CILIUM_CONFIG;
  return `may not get configmaps/${name} in namespace ${namespace} (${status}): blocks are taken to hold nodes`;
}

/** The dataplane that a view shows, worked out again once a DaemonSet has changed. */
function shownIn(cache: Pick<ClusterCache, 'read' | 'onChange'>) {
  let known: { readonly holdsNodes: boolean | undefined; readonly dataplane: Dataplane | undefined } | undefined;
  cache.onChange(({ kind }) => {
    if (kind === 'DaemonSet') known = undefined;
  });
  return (holdsNodes: boolean | undefined): Dataplane | undefined => {
    if (known !== undefined && known.holdsNodes === holdsNodes) return known.dataplane;
    const reading = cache.read();
    if (reading.kind === 'not-synced') return undefined;
    known = { holdsNodes, dataplane: dataplaneOf(reading.world, holdsNodes) };
    return known.dataplane;
  };
}

/**
 * Reads the settings of Cilium now and every minute, where its policies are served; its agents, and those of others, the cache watches. Where a reading fails,
 * the last one stays; where it is not allowed, or there was none yet, the wider meaning holds.
 */
export function followDataplane(
  client: Client,
  cache: Pick<ClusterCache, 'read' | 'status' | 'onChange'>,
  onError: (error: unknown) => void,
): FollowedDataplane {
  const isAbsent = (): boolean =>
    cache.status().some(({ id, installed }) => id === 'cilium.io/CiliumNetworkPolicy' && installed === false);
  const read = async (): Promise<MatchMode> => (isAbsent() ? { blocksHoldNodes: false } : readSettings(client));
  const settings = followReading(read, UNKNOWN, onError);
  const shown = shownIn(cache);
  let known: { readonly from: GatePolicy; readonly by: readonly unknown[]; readonly policy: GatePolicy } | undefined;
  return {
    complete: from => {
      const { blocksHoldNodes } = settings.current();
      const dataplane = shown(blocksHoldNodes);
      if (known?.from !== from || known.by[0] !== dataplane || known.by[1] !== blocksHoldNodes)
        known = { from, by: [dataplane, blocksHoldNodes], policy: withDataplane(from, dataplane, blocksHoldNodes) };
      return known.policy;
    },
    trouble: () => troubleOf(settings.current()),
    onChange: settings.onChange,
    stop: settings.stop,
  };
}
