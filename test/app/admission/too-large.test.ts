import { describe, expect, test } from 'vitest';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { MAX_OBJECT_VALUES, sizeOf } from '../../../src/core/kube/size.ts';
import { decodeAndJudge } from '../../support/decode-and-judge.ts';
import { LARGE_POLICIES, policyWith, SERVER, serverWith } from '../../support/large-objects.ts';
import {
  closingPolicy,
  decodeAll,
  deployment,
  gate,
  namespace,
  review,
  testPolicy,
  verdictText,
  worldOf,
} from '../../support/reviews.ts';

const MINUTE = 60_000;
const addresses = (count: number, first = 11): readonly Fields[] =>
  Array.from({ length: count }, (_, index) => ({
    ipBlock: { cidr: `${first + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0/24` },
  }));
const verdictOf = (object: Fields, ...beside: Fields[]) => {
  const [server] = decodeAndJudge(object, beside).servers;
  return (
    server && [
      server.after.verdict,
      ...server.after.causes.map(({ code, object: { kind, name } }) => `${code} ${kind} ${name}`),
    ]
  );
};

describe('an object of more values than are judged makes what it bears on undetermined', () => {
  const closed = policyWith({ ingress: [], egress: [] }, 'closed');
  const service = (spec: Fields): Fields => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'mcp', namespace: 'prod' },
    spec,
  });
  const manyIPs = Array.from({ length: MAX_OBJECT_VALUES }, (_, index) => `192.0.2.${index % 256}`);
  const ingress = (items: number): Fields => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'mcp', namespace: 'prod' },
    spec: {
      rules: Array.from({ length: items }, () => ({
        http: { paths: [{ backend: { service: { name: 'mcp', port: { number: 80 } } } }] },
      })),
    },
  });
  const rows: readonly (readonly [string, Fields, readonly Fields[], readonly string[] | undefined])[] = [
    [
      'a policy of 10,000 blocks is judged',
      policyWith({ ingress: [], egress: [{ to: addresses(10_000) }] }),
      [SERVER],
      ['allow'],
    ],
    [
      'a policy of 20,000 blocks',
      policyWith({ ingress: [], egress: [{ to: addresses(20_000) }] }),
      [SERVER],
      ['undetermined', 'too-large NetworkPolicy mcp'],
    ],
    [
      'a policy whose peers and ports multiply',
      policyWith({
        ingress: [],
        egress: [{ to: addresses(1000), ports: Array.from({ length: 60 }, (_, port) => ({ port: port + 1 })) }],
      }),
      [SERVER],
      ['undetermined', 'too-large NetworkPolicy mcp'],
    ],
    [
      'a policy that selects by more than is kept: any server',
      LARGE_POLICIES['a pod selector of many requirements']?.(20_000) ?? {},
      [SERVER],
      ['undetermined', 'too-large NetworkPolicy mcp'],
    ],
    [
      'a policy that is too large and selects other pods: nothing',
      policyWith({ podSelector: { matchLabels: { app: 'other' } }, egress: [{ to: addresses(20_000) }] }),
      [SERVER, closed],
      undefined,
    ],
    [
      'three policies that are not too large by themselves',
      policyWith({ ingress: [], egress: [{ to: addresses(15_000) }] }),
      [
        SERVER,
        policyWith({ ingress: [], egress: [{ to: addresses(15_000, 21) }] }, 'second'),
        policyWith({ ingress: [], egress: [{ to: addresses(15_000, 31) }] }, 'third'),
      ],
      ['undetermined', 'too-large Deployment mcp'],
    ],
    [
      'a policy of rules that name a port which many containers call so',
      policyWith({ ingress: Array.from({ length: 60 }, () => ({ ports: [{ port: 'mcp' }] })) }),
      [
        serverWith(
          Array.from({ length: 1000 }, (_, index) => ({
            name: `mcp-${index}`,
            image: 'mcp/fetch',
            ports: [{ name: 'mcp', containerPort: 1 + index }],
          })),
        ),
      ],
      ['undetermined', 'too-large Deployment mcp'],
    ],
    [
      'a server',
      serverWith([{ name: 'a', image: 'b', args: Array.from({ length: MAX_OBJECT_VALUES }, () => 'x') }], {}, 'big'),
      [closed],
      ['undetermined', 'too-large Deployment big'],
    ],
    [
      'a Service',
      service({ selector: { app: 'mcp' }, externalIPs: manyIPs }),
      [SERVER, closed],
      ['undetermined', 'too-large Service mcp'],
    ],
    [
      'a Service of other pods: nothing',
      service({ selector: { app: 'other' }, externalIPs: manyIPs }),
      [SERVER, closed],
      undefined,
    ],
    ['an Ingress', ingress(12_000), [SERVER, closed], ['undetermined', 'too-large Ingress mcp']],
  ];
  test.each(rows)('%s', (_title, object, beside, expected) => {
    expect(verdictOf(object, ...beside)).toEqual(expected);
  });
});

describe('what a review of an object that is too large comes to', () => {
  const policy = (spec: Fields): Fields => {
    const known = closingPolicy();
    return { ...known, spec: { ...(known.spec as Fields), ...spec } };
  };
  const monster = policy({ egress: [{ to: addresses(20_000) }] });
  const ask = (mode: 'enforce' | 'warn' | 'audit', object: Fields, world: readonly Fields[]) =>
    gate(testPolicy({ mode }), worldOf(...world)).validate(review('networkpolicy-create', { object }), MINUTE);

  test.each([
    ['enforce', '403 (undetermined)'],
    ['warn', 'allowed +warnings (undetermined)'],
    ['audit', 'allowed (undetermined)'],
  ] as const)('in a namespace in mode %s', async (mode, expected) => {
    expect(verdictText(await ask(mode, monster, [namespace(), deployment()]))).toBe(expected);
  });

  test('the refusal names the object and the limit', async () => {
    const { message } = await ask('enforce', monster, [namespace(), deployment()]);
    expect(message).toContain(`is too large to judge: more than ${MAX_OBJECT_VALUES} values`);
  });

  test('an anonymous policy for a namespace that does not exist is judged by its outline', async () => {
    const nowhere = LARGE_POLICIES['one peer with DoesNotExist on many keys']?.(20_000) ?? {};
    const metadata = { name: 'mcp', namespace: 'nowhere' };
    const response = await gate(testPolicy({ mode: 'audit' }), worldOf(namespace())).validate(
      review('networkpolicy-create', { namespace: 'nowhere', name: 'mcp', object: { ...nowhere, metadata } }),
      MINUTE,
    );
    expect(verdictText(response)).toBe('allowed (undetermined)');
  });
});

test('of a stored object that is too large only the outline is kept', () => {
  const [stored] = decodeAll([LARGE_POLICIES['many blocks inside']?.(40_000) ?? {}]);
  expect(JSON.stringify(stored, (_key, value) => (value instanceof Set ? [...value] : value)).length).toBeLessThan(
    1000,
  );
});

test.each([
  [
    'what a Pod is told by its status and its managers',
    { metadata: { managedFields: [{ a: 1 }] }, status: { a: [1, 2, 3] } },
    1,
  ],
  ['a field and each item of a list', { spec: { a: ['x', 'y'] } }, 5],
  ['each peer with each port', { spec: { egress: [{ to: [{}, {}], ports: [{}, {}, {}] }] } }, 17],
])('size counts %s', (_title, object, expected) => {
  expect(sizeOf(object as Fields)).toBe(expected);
});

describe('a change that bears on too much together, each part of it small', () => {
  const servers = Array.from({ length: 200 }, (_, index) => ({
    ...serverWith([{ name: 'mcp', image: 'mcp/fetch', ports: [{ containerPort: 1000 + index }] }]),
    metadata: { name: `s-${index}`, namespace: 'prod' },
  }));
  const closed = { ingress: [], egress: [] };
  const policies = Array.from({ length: 300 }, (_, index) => policyWith(closed, `p-${index}`));
  const world = worldOf(namespace(), ...servers, ...policies);
  const ask = (mode: 'enforce' | 'warn' | 'audit', spec: Fields) =>
    gate(testPolicy({ mode }), world).validate(
      review('networkpolicy-create', { name: 'new', object: policyWith(spec, 'new') }),
      MINUTE,
    );

  test.each([
    ['enforce', '403 (undetermined)'],
    ['warn', 'allowed +warnings (undetermined)'],
    ['audit', 'allowed (undetermined)'],
  ] as const)('in a namespace in mode %s', async (mode, expected) => {
    expect(verdictText(await ask(mode, closed))).toBe(expected);
  });

  test('is told with what and the limit', async () => {
    expect((await ask('enforce', closed)).message).toBe(
      'undetermined: too large to judge: the servers and policies that it bears on take more than 2000000 steps together',
    );
  });

  test('is refused for what it opens where that is found before', async () => {
    expect((await ask('enforce', { ingress: [{}], egress: [] })).message).toContain(
      'must not open Deployment prod/s-0',
    );
  });
});
