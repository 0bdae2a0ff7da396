import { describe, expect, it } from 'vitest';
import { completePolicyPatch } from '../../../src/app/admission/complete-policy.ts';
import type { JsonPatchOperation } from '../../../src/app/admission/review.ts';
import type { Edit } from '../../../src/core/decision.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolvePreset } from '../../../src/core/gate/document/resolve.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { decoded, workload } from '../../support/workload.ts';

type Fields = Record<string, unknown>;

const policy = (spec: Fields): Fields => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'p', namespace: 'default' },
  spec,
});
const egress = (ipBlock: unknown): Fields =>
  policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ ipBlock }] }] });
const PATH = 'spec.egress[0].to[0].ipBlock.except';
const AT = '/spec/egress/0/to/0/ipBlock/except';

function excepts(blocks: readonly string[], path = PATH): Edit {
  return { kind: 'add-excepts', policy: { kind: 'NetworkPolicy', namespace: 'default', name: 'p' }, path, blocks };
}

/** RFC 6902, as far as these patches go. */
function patched(object: Fields, operations: readonly JsonPatchOperation[]): Fields {
  const copy = structuredClone(object);
  for (const { path, value } of operations) {
    const keys = path.slice(1).split('/');
    const last = keys.pop() ?? '';
    const holder = keys.reduce<unknown>((at, key) => (at as Fields)[key], copy);
    if (last === '-') (holder as unknown[]).push(value);
    else (holder as Fields)[last] = value;
  }
  return copy;
}

describe('completePolicyPatch', () => {
  const CASES: readonly (readonly [
    title: string,
    raw: Fields,
    edits: readonly Edit[],
    expected: readonly JsonPatchOperation[],
  ])[] = [
    [
      'makes a list where there is none',
      egress({ cidr: '0.0.0.0/0' }),
      [excepts(['10.0.0.0/8'])],
      [{ op: 'add', path: AT, value: ['10.0.0.0/8'] }],
    ],
    [
      'makes a list in the place of null',
      egress({ cidr: '0.0.0.0/0', except: null }),
      [excepts(['10.0.0.0/8'])],
      [{ op: 'add', path: AT, value: ['10.0.0.0/8'] }],
    ],
    [
      'appends to a list',
      egress({ cidr: '0.0.0.0/0', except: ['1.0.0.0/8'] }),
      [excepts(['10.0.0.0/8', '11.0.0.0/8'])],
      [
        { op: 'add', path: `${AT}/-`, value: '10.0.0.0/8' },
        { op: 'add', path: `${AT}/-`, value: '11.0.0.0/8' },
      ],
    ],
    ['adds nothing twice', egress({ cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] }), [excepts(['10.0.0.0/8'])], []],
    [
      'joins the edits of one list',
      egress({ cidr: '0.0.0.0/0' }),
      [excepts(['169.254.169.254/32']), excepts(['169.254.0.0/16', '10.0.0.0/8'])],
      [{ op: 'add', path: AT, value: ['10.0.0.0/8', '169.254.0.0/16'] }],
    ],
    [
      'passes over a place that is not there',
      egress({ cidr: '0.0.0.0/0' }),
      [excepts(['10.0.0.0/8'], 'spec.egress[3].to[0].ipBlock.except')],
      [],
    ],
    [
      'passes over a path that is no except',
      egress({ cidr: '0.0.0.0/0' }),
      [excepts(['10.0.0.0/8'], 'spec.egress')],
      [],
    ],
    ['passes over a list that is none', egress({ cidr: '0.0.0.0/0', except: 'x' }), [excepts(['10.0.0.0/8'])], []],
    ['passes over an object without a spec', { kind: 'NetworkPolicy' }, [excepts(['10.0.0.0/8'])], []],
    [
      'adds the type of written egress rules',
      policy({ policyTypes: ['Ingress'], egress: [{}] }),
      [],
      [{ op: 'add', path: '/spec/policyTypes/-', value: 'Egress' }],
    ],
    [
      'adds the type of written ingress rules',
      policy({ policyTypes: ['Egress'], ingress: [{}] }),
      [],
      [{ op: 'add', path: '/spec/policyTypes/-', value: 'Ingress' }],
    ],
    ['adds no type where no rules are written', policy({ policyTypes: ['Ingress'], egress: [] }), [], []],
    ['leaves absent types to the API server', policy({ egress: [{}] }), [], []],
  ];

  it.each(CASES)('%s', (_title, raw, edits, expected) => {
    const operations = completePolicyPatch(raw, edits);
    expect(operations).toEqual(expected);
    expect(completePolicyPatch(patched(raw, operations), edits)).toEqual([]);
  });

  it('closes what the judge found open', () => {
    const judge = createJudge(resolvePreset('restricted', BUILTIN_DATA));
    const server = workload({ called: 'mcp', labels: { app: 'x', 'chokepoint.dev/mcp-server': 'true' } });
    const raw = policy({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      egress: [
        { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.96.0.0/12'] } }] },
        { to: [{ ipBlock: { cidr: '::/0' } }] },
      ],
    });
    const findingsOn = (object: Fields) => judge.evaluate(buildWorld([server, decoded(object)]), server).findings;
    const edits = findingsOn(raw).flatMap(({ fix }) => fix.edit ?? []);
    const rules = (object: Fields) => findingsOn(object).map(({ rule, level }) => `${rule} ${level}`);
    expect(rules(raw)).toContain('egress-reaches-metadata deny');
    expect(rules(patched(raw, completePolicyPatch(raw, edits)))).toEqual(['egress-reaches-cluster warn']);
  });
});
