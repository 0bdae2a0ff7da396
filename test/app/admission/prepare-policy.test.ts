import { describe, expect, it } from 'vitest';
import { preparePatch } from '../../../src/app/admission/prepare.ts';
import type { JsonPatchOperation, Review } from '../../../src/app/admission/review.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import type { Change } from '../../../src/core/world/world.ts';
import { decoded, workload } from '../../support/workload.ts';

type Fields = Record<string, unknown>;

const SERVER = workload({ called: 'fetch', labels: { app: 'fetch', 'chokepoint.dev/mcp-server': 'true' } });
const PLAIN = workload({ called: 'web', labels: { app: 'fetch' } });
const NETWORKS = { pods: ['10.244.0.0/16'], services: [], nodes: [], controlPlane: [] };
const BLOCKS = ['10.244.0.0/16', '100.100.100.200/32', '168.63.129.16/32', '169.254.0.0/16', '192.0.0.192/32'];
const OPEN = [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }];
const EXCEPTS: JsonPatchOperation = { op: 'add', path: '/spec/egress/0/to/0/ipBlock/except', value: BLOCKS };
const EGRESS: JsonPatchOperation = { op: 'add', path: '/spec/policyTypes/-', value: 'Egress' };

function networkPolicy(spec: Fields, metadata: Fields = {}): Fields {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'mine', namespace: 'default', ...metadata },
    spec: { podSelector: { matchLabels: { app: 'fetch' } }, ...spec },
  };
}

interface Case {
  readonly policy: Fields;
  readonly before?: Fields;
  readonly config?: Fields;
  readonly world?: readonly ReturnType<typeof decoded>[];
}

function patchOf({ policy, before, config, world = [SERVER] }: Case): Promise<readonly JsonPatchOperation[]> {
  const spec = { protectedNetworks: NETWORKS, completePolicies: true, ...config };
  const { policy: gate, issues } = resolveGatePolicy({ spec }, BUILTIN_DATA);
  if (gate === undefined) throw new Error(JSON.stringify(issues));
  const change: Change = { after: decoded(policy), ...(before && { before: decoded(before) }) };
  const review = { operation: before ? 'UPDATE' : 'CREATE', subResource: '', object: policy } as Review;
  const context = { judge: createJudge(gate), world: buildWorld(world), change, review };
  return preparePatch(context, { nowMs: () => 0, endMs: 1 });
}

const BOTH = { policyTypes: ['Ingress', 'Egress'] };
const CASES: readonly (readonly [title: string, given: Case, expected: readonly JsonPatchOperation[]])[] = [
  ['the missing excepts', { policy: networkPolicy({ ...BOTH, egress: OPEN }) }, [EXCEPTS]],
  [
    'the missing excepts of an edited policy',
    { policy: networkPolicy({ ...BOTH, egress: OPEN }), before: networkPolicy(BOTH) },
    [EXCEPTS],
  ],
  [
    'a type whose rules are written, and the excepts that these rules then lack',
    { policy: networkPolicy({ policyTypes: ['Ingress'], egress: OPEN }) },
    [EXCEPTS, EGRESS],
  ],
  [
    'a policy that comes before its server',
    {
      policy: networkPolicy({ ...BOTH, egress: OPEN, podSelector: { matchLabels: { app: 'mcp-server' } } }),
      world: [],
    },
    [EXCEPTS],
  ],
  ['nothing where nothing is missing', { policy: networkPolicy(BOTH) }, []],
  [
    'nothing unless it is asked for',
    { policy: networkPolicy({ ...BOTH, egress: OPEN }), config: { completePolicies: false } },
    [],
  ],
  ['nothing where the gate is off', { policy: networkPolicy({ ...BOTH, egress: OPEN }), config: { mode: 'off' } }, []],
  [
    'nothing of a policy that bears on no server',
    { policy: networkPolicy({ ...BOTH, egress: OPEN }), world: [PLAIN] },
    [],
  ],
  [
    'nothing of a policy that another controller owns',
    {
      policy: networkPolicy(
        { ...BOTH, egress: OPEN },
        { ownerReferences: [{ apiVersion: 'x/v1', kind: 'X', name: 'x', uid: 'x', controller: true }] },
      ),
    },
    [],
  ],
];

describe('a NetworkPolicy under review', () => {
  it.each(CASES)('gets %s', async (_title, given, expected) => {
    expect(await patchOf(given)).toEqual(expected);
  });
});
