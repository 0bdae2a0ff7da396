import type { Evidence } from '../decision.ts';
import type { Detection } from '../gate/types.ts';
import type { Labels, NetworkPolicy, Requirement } from '../kube/types.ts';
import { MCP_SERVER_LABEL } from '../kube/well-known-labels.ts';
import { refOf } from '../world/refs.ts';
import { Finder, type Hit } from './finder.ts';
import { detectionTables, type SignalTable } from './signal-table.ts';
import { evidenceFrom, weigh } from './weigh-signals.ts';
import { readLabels } from './workload-signals.ts';

const SELECTOR = 'spec.podSelector';

/** Every pair of a label that pods may have to be selected: each value of `In`; the bare key of `Exists`. */
function pairsAsked(selector: readonly Requirement[]): readonly Labels[] {
  return selector.flatMap(({ key, operator, values }) => {
    if (operator === 'In') return Array.from(values, value => new Map([[key, value]]));
    return operator === 'Exists' ? [new Map([[key, '']])] : [];
  });
}

/** A decoded selector does not tell which of its fields a requirement stood in, so hits in it are told at the selector. */
function found(policy: NetworkPolicy, pairs: readonly Labels[], table: SignalTable): readonly Hit[] {
  const finder = new Finder(table);
  finder.within(undefined, refOf(policy));
  for (const pair of pairs) readLabels(finder, pair, SELECTOR);
  const inSelector = finder.hits.splice(0).map(hit => ({ ...hit, path: SELECTOR }));
  finder.text('called', policy.meta.name, () => 'metadata.name');
  return [...inSelector, ...finder.hits];
}

function declared(policy: NetworkPolicy, pairs: readonly Labels[]): readonly Evidence[] {
  const value = pairs.map(pair => pair.get(MCP_SERVER_LABEL)).find(text => text !== undefined && text !== 'false');
  if (value === undefined) return [];
  const says = 'selects pods that declare themselves MCP servers';
  return [{ signal: 'declared', strength: 'declared', object: refOf(policy), path: SELECTOR, says }];
}

/** Reads policies for MCP signals, see {@link mcpSignalsOfPolicy}; the configuration is prepared once. */
export function createPolicyReader(detection: Detection): (policy: NetworkPolicy) => readonly Evidence[] {
  const tables = detectionTables(detection);
  return policy => {
    const pairs = pairsAsked(policy.podSelector);
    const against = found(policy, pairs, tables.notServers);
    const hits = weigh(found(policy, pairs, tables.signals), against, []).counting;
    return [...declared(policy, pairs), ...evidenceFrom(hits, [])];
  };
}

/**
 * What in a NetworkPolicy's name or podSelector speaks of MCP servers: whom the policy is for where its pods are not known.
 * Empty: nothing does, or what does speaks of a gateway, a client or another part that is no server. One signal, however weak, is enough.
 */
export function mcpSignalsOfPolicy(policy: NetworkPolicy, detection: Detection): readonly Evidence[] {
  return createPolicyReader(detection)(policy);
}
