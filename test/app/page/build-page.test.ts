import { describe, expect, test } from 'vitest';
import type { MapWay, PageServer, ServerDetail } from '../../../src/app/page/model.ts';
import { createReach } from '../../../src/core/netpol/reach.ts';
import { parseReachQuery } from '../../../src/core/netpol/reach-query.ts';
import { judgeFiles, pageOf } from '../../page/page-of.ts';
import { CLOSED, COMPANY, many, policy, server } from '../../page/samples.ts';

const { page, details } = await pageOf(COMPANY);

function serverNamed(name: string): Pick<PageServer, 'standing'> & ServerDetail {
  const index = page.servers.findIndex(one => one.name === name);
  const [server, detail] = [page.servers[index], details[index]];
  if (server === undefined || detail === undefined) throw new Error(`there is no ${name}`);
  return { standing: server.standing, ...detail };
}

const wayText = ({ side, standing, end, ports }: MapWay): string => `${side} ${standing} ${end.text}: ${ports}`;

describe('The ways of a server are drawn from its effective traffic', () => {
  const MEANT = [
    'from meant gateway envoy: TCP 8080',
    'to meant Internet: TCP 443',
    'to meant kube-dns: TCP 53, UDP 53',
  ];
  test.each([
    ['ledger', 'closed', MEANT],
    ['payroll', 'open', ['from open anyone: every port', 'to open anything: every port']],
    [
      'orders',
      'open',
      [
        'from open other pods: every port',
        'from meant client prometheus: every port',
        'from meant gateway envoy: every port',
        ...MEANT,
      ],
    ],
    ['search', 'open', ['from meant gateway envoy: TCP 8080', 'to open cluster addresses: TCP 443', ...MEANT.slice(1)]],
    [
      'invoices',
      'warned',
      ['from meant gateway envoy: TCP 8080', 'to warned link-local addresses: TCP 443', ...MEANT.slice(1)],
    ],
    ['tickets', 'excepted', ['from warned anyone: every port', 'to warned anything: every port']],
  ])('of %s, which is %s', (name, standing, ways) => {
    const { map, standing: found } = serverNamed(name);
    expect(found).toBe(standing);
    expect(map.ways.map(wayText)).toEqual(ways);
  });

  test.each([
    ['another namespace', '    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: dev}}\n', 'other pods'],
    ['addresses', '    - ipBlock: {cidr: 198.51.100.0/24}\n', 'addresses'],
    ['pods of its own namespace', '    - podSelector: {matchLabels: {app: web}}\n', 'other pods'],
  ])('%s that a policy lets in stand out', async (_, from, end) => {
    const shop = await pageOf({ 'a.yaml': `${server('shop', 'a')}---\n${policy('shop', 'a', { from })}` });
    const open = shop.details.flatMap(({ map }) => map.ways).filter(({ standing }) => standing === 'open');
    expect(open.map(way => way.end.text)).toEqual([end]);
  });

  test('a name of a port is told, and the workloads that are there now', () => {
    const gateway = serverNamed('ledger').map.ways.find(({ end }) => end.text === 'gateway envoy');
    expect(gateway?.now).toBe('Deployment mcp-gateway/envoy');
  });
});

describe('What mends a server', () => {
  test.each([
    ['search', 'closed'],
    ['payroll', 'closed'],
    ['invoices', 'closed'],
  ] as const)('of %s leaves it %s', (name, standing) => {
    const { after, fixes } = serverNamed(name);
    expect(after?.standing).toBe(standing);
    expect(after?.map.ways.filter(way => way.standing !== 'meant')).toEqual([]);
    expect(fixes).not.toEqual([]);
  });

  test('is a change of lines of its file, with their numbers', () => {
    const [fix] = serverNamed('search').fixes;
    const at = /^@@ -(\d+),/m.exec(fix?.diff ?? '')?.[1];
    const lines = (COMPANY['shop.yaml'] ?? '').split('\n');
    const removed = /^-( .*)$/m.exec(fix?.diff ?? '')?.[1];
    expect(lines.slice(Number(at) - 1)).toContain(removed);
  });
});

/** What the page says of each pair that was worked out, and what is to be asked for it. */
function answersOf({ ends, sides }: typeof page.ask) {
  const end = ({ name, is }: (typeof ends)[number]) => (is === '' ? { pod: name } : { ip: name });
  return ends.flatMap(to =>
    to.ports.flatMap(({ text, sources, ingress, others }) => {
      const [protocol, port] = text.split(' ');
      return ends.slice(0, sources).flatMap((from, index) => {
        const other = others.find(([source]) => source === index);
        const said = [sides[other?.[1] ?? from.egress]?.[0], sides[other?.[2] ?? ingress]?.[0]];
        return from === to ? [] : [{ query: { from: end(from), to: end(to), port: Number(port), protocol }, said }];
      });
    }),
  );
}

test('Each answer is what reach answers', () => {
  const reach = createReach(judgeFiles(COMPANY).world);
  const answers = answersOf(page.ask);
  const answered = answers.map(({ query }) => {
    const parsed = parseReachQuery(query);
    const answer = 'problem' in parsed ? undefined : reach(parsed);
    return answer && 'allowed' in answer ? [answer.egress.allowed, answer.ingress.allowed] : answer;
  });
  expect(answers.map(({ said }) => said)).toEqual(answered);
  expect(answers.length).toBeGreaterThan(200);
});

test('The picture has every namespace and every end once, and a line for each pair of them', () => {
  const { picture } = page;
  expect(picture.namespaces.map(({ name, servers }) => [name, servers.length])).toEqual([
    ['finance', 3],
    ['legacy', 1],
    ['research', 1],
    ['shop', 3],
    ['support', 2],
  ]);
  expect(picture.from.map(({ text, standing }) => `${text}: ${standing}`)).toEqual([
    'anyone: open',
    'client prometheus: meant',
    'gateway envoy: meant',
    'other pods: open',
  ]);
  const keys = picture.lines.map(({ side, end, namespace }) => `${side} ${end} ${namespace}`);
  expect(new Set(keys).size).toBe(keys.length);
});

test('Answers are bounded however many servers there are', async () => {
  const {
    page: { ask },
  } = await pageOf(many(150));
  const worked = ask.ends
    .flatMap(({ ports }) => ports.map(({ sources }) => sources))
    .reduce((sum, one) => sum + one, 0);
  expect(worked).toBeLessThanOrEqual(40_000 + ask.ends.length * 3);
});

test('Where all are closed, nothing stands out', async () => {
  const closed = await pageOf(CLOSED);
  expect(closed.page.sentence).toBe(
    'All 2 MCP servers are closed: only their gateways reach them, and they reach nothing inside.',
  );
  expect(closed.details.flatMap(({ findings, fixes }) => [...findings, ...fixes])).toEqual([]);
  expect(closed.page.picture.lines.every(({ standing }) => standing === 'meant')).toBe(true);
});

test('The list tells of each server what is found of it, and the ends of its ways, as its details do', () => {
  const listed = page.servers.map(({ found, ends }) => [found, ends.map(end => page.ends[end])]);
  const told = details.map(({ findings, map }) => [
    findings.map(({ rule, message }) => ({ rule, message })),
    [...new Set(map.ways.map(({ end }) => end.text))],
  ]);
  expect(listed).toEqual(told);
});
