import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { ACCEPTS, DENIES } from '../../support/other-policies.ts';
import { deployment, namespace, review, worldOf } from '../../support/reviews.ts';
import { lineOf, reachOf, textOf } from './recorded.ts';

type Rules = { readonly ingress?: readonly object[]; readonly egress?: readonly object[] };

/** A policy of these rules: without any it closes both directions. */
const policy = (name: string, { ingress = [], egress = [] }: Rules = {}): Fields => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'prod' },
  spec: { podSelector: { matchLabels: { app: 'weather' } }, policyTypes: ['Ingress', 'Egress'], ingress, egress },
});

const SHUT = policy('shut');

/** What another policy of these rules adds to a server that is closed but for what the first ones let through. */
async function gainedBy(rules: Rules, ...before: readonly Rules[]): Promise<readonly string[]> {
  const there = before.map((some, index) => policy(`before-${index}`, some));
  const world = worldOf(namespace(), deployment(), SHUT, ...there);
  const line = await lineOf(review('networkpolicy-create', { name: 'new', object: policy('new', rules) }), world);
  expect(line.reach.lost).toEqual([]);
  return line.reach.gained.map(textOf);
}

const TCP_80 = { protocol: 'TCP', port: 80 };
const from = (...peers: readonly object[]): Rules => ({ ingress: [{ from: peers, ports: [TCP_80] }] });
const inNamespaces = (matchLabels: object, matchExpressions: readonly object[] = []): object => ({
  namespaceSelector: { matchLabels, matchExpressions },
});
const NAME = 'kubernetes.io/metadata.name';
const WEB = { podSelector: { matchLabels: { app: 'web' } } };

describe('The other end is told as', () => {
  test.each<[text: string, peer: object]>([
    ['any pod in prod', { podSelector: {} }],
    ['pods app=web in prod', WEB],
    ['any pod', { namespaceSelector: {} }],
    ['pods app=web in any namespace', { namespaceSelector: {}, ...WEB }],
    ['any pod in shop', inNamespaces({ [NAME]: 'shop' })],
    ['pods app=web in shop', { ...inNamespaces({ [NAME]: 'shop' }), ...WEB }],
    ['any pod in namespaces team=a', inNamespaces({ team: 'a' })],
    [`any pod in namespaces ${NAME}=shop,team=a`, inNamespaces({ [NAME]: 'shop', team: 'a' })],
    [
      `any pod in namespaces ${NAME} in (cart, shop)`,
      inNamespaces({}, [{ key: NAME, operator: 'In', values: ['shop', 'cart'] }]),
    ],
    [`any pod in namespaces ${NAME}!=shop`, inNamespaces({}, [{ key: NAME, operator: 'NotIn', values: ['shop'] }])],
    [`any pod in namespaces ${NAME}`, inNamespaces({}, [{ key: NAME, operator: 'Exists' }])],
    ['198.51.100.0/24', { ipBlock: { cidr: '198.51.100.0/24' } }],
    [
      '198.51.100.0/24 except 198.51.100.1/32, 198.51.100.2/32',
      { ipBlock: { cidr: '198.51.100.0/24', except: ['198.51.100.1/32', '198.51.100.2/32'] } },
    ],
  ])('%s', async (text, peer) => {
    expect(await gainedBy(from(peer))).toEqual([`${text} → prod/weather:80/TCP`]);
  });

  test('any pod and any address, where a rule has no peers', async () => {
    expect(await gainedBy({ ingress: [{ ports: [TCP_80] }] })).toEqual([
      'any pod → prod/weather:80/TCP',
      'any address → prod/weather:80/TCP',
    ]);
  });
});

describe('Ports are told', () => {
  const OTHER = { from: [WEB] };
  test.each<[what: string, ports: readonly object[], told: readonly string[]]>([
    ['one by one', [TCP_80, { protocol: 'UDP', port: 53 }], ['80/TCP', '53/UDP']],
    ['as a range', [{ protocol: 'TCP', port: 80, endPort: 90 }], ['80-90/TCP']],
    ['as any of a protocol', [{ protocol: 'TCP' }], ['any/TCP']],
    ['as any of a protocol, where a range is all of them', [{ protocol: 'TCP', port: 1, endPort: 65535 }], ['any/TCP']],
    ['as a range that lacks the last', [{ protocol: 'TCP', port: 1, endPort: 65534 }], ['1-65534/TCP']],
    ['as a range that lacks the first', [{ protocol: 'TCP', port: 2, endPort: 65535 }], ['2-65535/TCP']],
    ['by the number that the server gives the name', [{ protocol: 'TCP', port: 'mcp' }], ['8080/TCP']],
    ['not at all, where the server has none of this name', [{ protocol: 'TCP', port: 'admin' }], []],
    ['as any, beside those that the server declares', [], ['8080/TCP', 'any/any']],
  ])('%s', async (_, ports, told) => {
    const expected = told.map(port => `pods app=web in prod → prod/weather:${port}`);
    expect(await gainedBy({ ingress: [{ ...OTHER, ports }] })).toEqual(expected);
  });

  test('by their names on the way out: they are those of whatever pod is there', async () => {
    const egress = [{ to: [WEB], ports: [{ protocol: 'TCP', port: 'sql' }, { protocol: 'UDP', port: 'dns' }, TCP_80] }];
    expect(await gainedBy({ egress })).toEqual([
      'prod/weather → pods app=web in prod:80/TCP',
      'prod/weather → pods app=web in prod:sql/TCP',
      'prod/weather → pods app=web in prod:dns/UDP',
    ]);
  });

  test('as any alone on the way out', async () => {
    expect(await gainedBy({ egress: [{ to: [WEB] }] })).toEqual(['prod/weather → pods app=web in prod:any/any']);
  });
});

describe('What another policy lets through already', () => {
  const block = (cidr: string, ...except: readonly string[]): object => ({ ipBlock: { cidr, except } });
  const out = (peer: object, ...ports: readonly object[]): Rules => ({ egress: [{ to: [peer], ports }] });
  const named = (name: string, protocol = 'TCP'): object => ({ protocol, port: name });
  const AWAY = 'prod/weather → pods app=web in prod';

  test.each<[what: string, rules: Rules, before: readonly Rules[], gained: readonly string[]]>([
    ['is not gained, for the same peer', from(WEB), [from(WEB)], []],
    ['is not gained, for a narrower peer', from(WEB), [from({ podSelector: {} })], []],
    ['is not gained, for a block in a block', from(block('10.1.0.0/16')), [from(block('10.0.0.0/8'))], []],
    [
      'is gained for part of its peers: the way is told whole',
      from(block('10.0.0.0/8')),
      [from(block('10.1.0.0/16'))],
      ['10.0.0.0/8 → prod/weather:80/TCP'],
    ],
    [
      'is gained for what the other block excepts',
      from(block('10.1.0.0/16')),
      [from(block('10.0.0.0/8', '10.1.2.0/24'))],
      ['10.1.0.0/16 → prod/weather:80/TCP'],
    ],
    [
      'is not gained, for two that are the block together',
      from(block('10.0.0.0/8')),
      [from(block('10.0.0.0/9')), from(block('10.128.0.0/9'))],
      [],
    ],
    [
      'is gained for other peers',
      from(WEB),
      [from({ podSelector: { matchLabels: { app: 'other' } } })],
      ['pods app=web in prod → prod/weather:80/TCP'],
    ],
    [
      'is gained for addresses beside pods',
      from(block('10.0.0.0/8')),
      [from({ namespaceSelector: {} })],
      ['10.0.0.0/8 → prod/weather:80/TCP'],
    ],
    [
      'is gained for pods beside addresses',
      from(WEB),
      [from(block('0.0.0.0/0'))],
      ['pods app=web in prod → prod/weather:80/TCP'],
    ],
    ['is gained in the other direction', from(WEB), [out(WEB, TCP_80)], ['pods app=web in prod → prod/weather:80/TCP']],
    [
      'is gained on other ports alone',
      { ingress: [{ from: [WEB], ports: [{ protocol: 'TCP', port: 79, endPort: 81 }] }] },
      [from(WEB)],
      ['pods app=web in prod → prod/weather:79/TCP', 'pods app=web in prod → prod/weather:81/TCP'],
    ],
    [
      'is gained for another protocol',
      { ingress: [{ from: [block('10.0.0.0/8')], ports: [{ protocol: 'UDP', port: 80 }] }] },
      [from(block('10.0.0.0/8'))],
      ['10.0.0.0/8 → prod/weather:80/UDP'],
    ],
    ['is not gained, for the same named port', out(WEB, named('sql')), [out(WEB, named('sql'))], []],
    ['is gained by another name', out(WEB, named('sql')), [out(WEB, named('web'))], [`${AWAY}:sql/TCP`]],
    [
      'is gained by the name for another protocol',
      out(WEB, named('dns', 'UDP')),
      [out(WEB, named('dns'))],
      [`${AWAY}:dns/UDP`],
    ],
    [
      'is gained by name, for other peers',
      out(WEB, named('sql')),
      [out({ podSelector: { matchLabels: { app: 'db' } } }, named('sql'))],
      [`${AWAY}:sql/TCP`],
    ],
  ])('%s', async (_, rules, before, gained) => {
    expect(await gainedBy(rules, ...before)).toEqual(gained);
  });
});

describe('A policy that is edited', () => {
  const edited = async (before: Rules, after: Rules): Promise<object> => {
    const world = worldOf(namespace(), deployment(), SHUT, policy('edited', before));
    const [oldObject, object] = [policy('edited', before), policy('edited', after)];
    return reachOf(
      await lineOf(review('networkpolicy-create', { operation: 'UPDATE', name: 'edited', object, oldObject }), world),
    );
  };
  const rule = (port: number, ...peers: readonly object[]): object => ({
    from: peers,
    ports: [{ protocol: 'TCP', port }],
  });
  const way = (port: number): string => `pods app=web in prod → prod/weather:${port}/TCP`;

  test.each<
    [
      what: string,
      before: readonly object[],
      after: readonly object[],
      gained: readonly number[],
      lost: readonly number[],
    ]
  >([
    ['loses one port and gains another', [rule(80, WEB)], [rule(81, WEB)], [81], [80]],
    [
      'changes nothing where rules change places',
      [rule(80, WEB), rule(81, WEB)],
      [rule(81, WEB), rule(80, WEB)],
      [],
      [],
    ],
    [
      'changes nothing where a rule is divided',
      [{ from: [WEB], ports: [TCP_80, { protocol: 'TCP', port: 81 }] }],
      [rule(80, WEB), rule(81, WEB)],
      [],
      [],
    ],
    ['loses all that a rule let through', [rule(80, WEB), rule(81, WEB)], [rule(80, WEB)], [], [81]],
  ])('%s', async (_, before, after, gained, lost) => {
    expect(await edited({ ingress: before }, { ingress: after })).toEqual({
      gained: gained.map(way),
      lost: lost.map(way),
    });
  });
});

describe('What is lost of everybody is told as what is compared in full', () => {
  const EVERY_NAMESPACE = inNamespaces({}, [{ key: NAME, operator: 'Exists' }]);
  const labels = fc.oneof(
    fc.constantFrom({}, { matchLabels: { app: 'web' } }, { matchLabels: { app: 'web', tier: 'a' } }),
    fc.record({
      matchExpressions: fc.array(
        fc.oneof(
          fc.record({
            key: fc.constantFrom('app', NAME),
            operator: fc.constantFrom('In', 'NotIn'),
            values: fc.constantFrom(['web'], ['prod', 'web']),
          }),
          fc.record({ key: fc.constantFrom('app', NAME), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
        ),
        { maxLength: 2 },
      ),
    }),
  );
  const peer = fc.oneof(
    fc.record({ podSelector: labels }),
    fc.record({ namespaceSelector: labels }),
    fc.record({ namespaceSelector: labels, podSelector: labels }),
  );
  const ports = fc.constantFrom<readonly object[] | undefined>(
    undefined,
    [TCP_80],
    [{ protocol: 'TCP', port: 1, endPort: 80 }],
    [{ protocol: 'UDP' }],
    [{ protocol: 'TCP', port: 'absent' }],
  );
  const portsLost = async (
    who: object,
    at: readonly object[] | undefined,
    left: readonly object[],
  ): Promise<object> => {
    const before = policy('edited', { ingress: [{ from: [who], ...(at && { ports: at }) }] });
    const after = policy('edited', { ingress: left });
    const asked = { operation: 'UPDATE', name: 'edited', object: after, oldObject: before };
    const world = worldOf(namespace(), deployment(), SHUT, before);
    const { reach } = await lineOf(review('networkpolicy-create', asked), world);
    return reach.lost.map(({ port, protocol }) => [port, protocol]);
  };

  test('whatever is left', async () => {
    const rule = fc.record({ from: fc.array(peer, { minLength: 1, maxLength: 2 }), ports });
    const tell = async (at: readonly object[] | undefined, rules: readonly { ports?: unknown }[]): Promise<void> => {
      const left = rules.map(({ ports: of, ...rest }) => ({ ...rest, ...(of !== undefined && { ports: of }) }));
      const [plain, inFull] = [{ namespaceSelector: {} }, EVERY_NAMESPACE].map(who => portsLost(who, at, left));
      expect(await plain).toEqual(await inFull);
    };
    await fc.assert(fc.asyncProperty(ports, fc.array(rule, { maxLength: 3 }), tell), { numRuns: 200 });
  });

  test.each<[what: string, left: readonly string[], isLost: boolean]>([
    ['to one family alone', ['198.51.100.0/24'], true],
    ['to all of one', ['0.0.0.0/0'], true],
    ['to both, one after the other', ['0.0.0.0/1', '128.0.0.0/1', '::/0'], false],
  ])('and of any address, where the way stays open %s', async (_, left, isLost) => {
    const to = (cidr: string): object => ({ to: [{ ipBlock: { cidr } }] });
    const [before, after] = [policy('edited', { egress: [{}] }), policy('edited', { egress: left.map(to) })];
    const asked = { operation: 'UPDATE', name: 'edited', object: after, oldObject: before };
    const world = worldOf(namespace(), deployment(), SHUT, before);
    const { reach } = await lineOf(review('networkpolicy-create', asked), world);
    expect(reach.lost.some(entry => entry.to === 'any address')).toBe(isLost);
  });
});

describe('What policies of other APIs decide counts', () => {
  const ofCluster = (before: Fields | undefined, after: Fields | undefined) =>
    review('networkpolicy-create', {
      kind: { group: 'policy.networking.k8s.io', version: 'v1alpha2', kind: 'ClusterNetworkPolicy' },
      operation: after === undefined ? 'DELETE' : 'CREATE',
      ...{ namespace: '', name: 'other', object: after, oldObject: before },
    });
  const TO_PODS = policy('to-pods', { ingress: [{ from: [{ namespaceSelector: {} }], ports: [TCP_80] }] });

  test('one that accepts opens', async () => {
    const line = await lineOf(ofCluster(undefined, ACCEPTS), worldOf(namespace(), deployment(), SHUT));
    expect(reachOf(line)).toEqual({
      gained: ['any pod → prod/weather:8080/TCP', 'any pod → prod/weather:any/any'],
      lost: [],
    });
    expect([line.change, line.findings.map(finding => finding.policy)]).toEqual([
      ['create', 'policy'],
      ['ClusterNetworkPolicy.policy.networking.k8s.io accepts'],
    ]);
  });

  test('one that denies closes what NetworkPolicies open, but for what it passes on', async () => {
    const world = worldOf(namespace(), deployment(), SHUT, TO_PODS);
    const line = await lineOf(ofCluster(undefined, DENIES), world);
    expect(line.reach.gained).toEqual([]);
    expect(line.reach.open?.map(textOf)).toEqual([
      'pods app.kubernetes.io/name=envoy in mcp-gateway → prod/weather:80/TCP',
    ]);
    expect(line.reach.lost.length).toBeGreaterThan(0);
  });

  test('and opens it again once it is deleted', async () => {
    const world = worldOf(namespace(), deployment(), SHUT, TO_PODS, DENIES);
    const line = await lineOf(ofCluster(DENIES, undefined), world);
    expect([reachOf(line), line.answered]).toEqual([{ gained: ['any pod → prod/weather:80/TCP'], lost: [] }, false]);
  });
});
