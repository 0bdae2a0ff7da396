import { builtinGatePolicy } from '../../../src/adapters/config/load.ts';
import { SHIPPED_WEBHOOKS } from '../../../src/adapters/doctor/shipped-webhooks.ts';
import type { Answer, Seen } from '../../../src/app/doctor/check.ts';
import type { ReadName } from '../../../src/app/doctor/reads.ts';
import type { ClusterReading } from '../../../src/app/report/cluster-reading.ts';
import { clusterInput, judgeFor } from '../../../src/app/report/judge-cluster.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { refOf } from '../../../src/core/world/refs.ts';
import { parseYaml } from '../../support/yaml.ts';

/** A moment that is now. */
export const NOW = Date.parse('2026-11-27T12:00:00Z');

interface Given {
  /** Raw objects as YAML, by what they are read as. */
  readonly reads?: Partial<Readonly<Record<ReadName, string>>>;
  /** Objects that are judged, as YAML. */
  readonly judged?: string;
  readonly observed?: ClusterReading['observed'];
  readonly policy?: GatePolicy;
  /** `namespace/name` of Pods. */
  readonly ready?: readonly string[];
  readonly version?: string;
  readonly certificates?: Seen['certificates'];
}

function decoded(text: string): ClusterReading['objects'] {
  const decode = createDecoder();
  return parseYaml(text).flatMap(value => {
    const one = decode(Object(value));
    return one.kind === 'object' ? [{ ref: refOf(one.object), decoded: one }] : [];
  });
}

/** What is seen of a cluster that holds what is given, and nothing else. */
export function seen(given: Given = {}): Seen {
  const policy = given.policy ?? builtinGatePolicy();
  const reading: ClusterReading = {
    objects: decoded(given.judged ?? ''),
    facts: { serviceCidrs: [], podCidrs: [], nodeAddresses: [], apiServerAddresses: [] },
    observed: given.observed ?? [],
    notServed: [],
    refusals: [],
    blocksHoldNodes: false,
    settings: [],
    enforcement: undefined,
    gatePolicy: undefined,
  };
  const input = clusterInput(reading);
  const request = { policy, policySource: 'chokepoint.yaml', namespace: undefined, needsGatePolicy: false };
  return {
    objects: name => (parseYaml(given.reads?.[name] ?? '') as Fields[]).filter(value => value !== null),
    reading,
    world: input.world,
    policy,
    networks: judgeFor(reading, input, request).networks,
    isReady: (namespace, pod) => (given.ready ?? []).includes(`${namespace}/${pod}`),
    gateNamespace: 'chokepoint-system',
    version: given.version ?? '1.0.0',
    nowMs: NOW,
    shipped: SHIPPED_WEBHOOKS,
    certificates: given.certificates ?? (() => undefined),
  };
}

/** `fail: what is said`, worst as it comes. */
export const told = (answers: readonly Answer[]): readonly string[] =>
  answers.map(({ status, says }) => `${status}: ${says}`);
