import { describe, expect, it } from 'vitest';
import { datedReport, judgedIn } from '../../../src/app/history/dated-report.ts';
import { findingKey, type History, type SeenDates } from '../../../src/app/history/state.ts';
import type { CheckReport, ReportedServer } from '../../../src/app/report/check-report.ts';
import { findingIdentity } from '../../../src/app/report/identity.ts';
import { judgedText, modeText, sinceText } from '../../../src/app/report/since.ts';
import { SAMPLE_REPORT } from '../../support/sample-report.ts';

const idOf = (identity: string): string => Buffer.from(identity).toString('hex').slice(-16);
const seconds = (day: string): number => Date.parse(`${day}T08:00:00Z`) / 1000;
const seen = (first: string, since = first, last?: string): SeenDates => ({
  first: seconds(first),
  since: seconds(since),
  last: last === undefined ? undefined : seconds(last),
});

const server = SAMPLE_REPORT.servers.find(({ verdict }) => verdict === 'deny');
if (server === undefined) throw new Error('no server');
const [finding] = server.findings;
if (finding === undefined) throw new Error('no finding');
const CLUSTER = { server: 'https://127.0.0.1', namespace: null, networks: [], notServed: [] };
const REPORT: CheckReport = { ...SAMPLE_REPORT, cluster: CLUSTER, servers: [server] };

const historyOf = (dates: SeenDates, findings: ReadonlyMap<string, SeenDates>): History =>
  new Map([
    [
      'shop',
      {
        uid: 'u',
        modes: [
          { at: seconds('2026-10-01'), mode: 'off' },
          { at: seconds('2026-10-28'), mode: 'audit' },
        ],
        reviews: undefined,
        servers: new Map([
          [`${server.kind}/${server.name}`, { ...dates, findings }],
          ['Deployment/gone\u202e', { ...seen('2026-09-01', '2026-09-01', '2026-09-20'), findings: new Map() }],
        ]),
      },
    ],
    ['other', { uid: 'o', modes: [], reviews: undefined, servers: new Map() }],
  ]);

const KEY = findingKey(finding.rule, idOf(findingIdentity(finding)));

/** The server of a report that was made on the last of November. */
function dated(dates: SeenDates, findings: ReadonlyMap<string, SeenDates> = new Map()): ReportedServer {
  const [one] = datedReport(REPORT, { history: historyOf(dates, findings), idOf, today: '2026-11-30' }).servers;
  if (one === undefined) throw new Error('no server');
  return one;
}

describe('A report tells of a server', () => {
  it.each<readonly [title: string, dates: SeenDates, told: object]>([
    [
      'that is there since it was seen first',
      seen('2026-10-31'),
      { judgedDays: 30, firstSeen: '2026-10-31T08:00:00Z' },
    ],
    ['that went and came back', seen('2026-10-01', '2026-11-29'), { judgedDays: 1, firstSeen: '2026-10-01T08:00:00Z' }],
    ['that was seen today', seen('2026-11-30'), { judgedDays: 0 }],
    ['that another clock dates ahead', seen('2026-12-24'), { judgedDays: 0 }],
  ])('%s, since when it is judged, and for how many days', (_, dates, told) => {
    expect(dated(dates)).toMatchObject(told);
  });

  it('that the history takes for gone, no more than when it was first seen', () => {
    const { firstSeen, judgedSince } = dated(seen('2026-10-01', '2026-10-01', '2026-11-01'));
    expect([firstSeen, judgedSince]).toEqual(['2026-10-01T08:00:00Z', undefined]);
  });

  it('since when what is found is open', () => {
    const told = { firstSeen: '2026-10-01T08:00:00Z', openSince: '2026-11-20T08:00:00Z', openDays: 10 };
    expect(dated(seen('2026-10-01'), new Map([[KEY, seen('2026-10-01', '2026-11-20')]])).findings[0]).toMatchObject(
      told,
    );
  });

  it('what was found and is not any more, latest first', () => {
    const findings = new Map([
      ['host-network/0a', seen('2026-10-01', '2026-10-01', '2026-10-05')],
      ['service-exposed/0b', seen('2026-10-02', '2026-10-02', '2026-10-09')],
    ]);
    expect(dated(seen('2026-10-01'), findings).mended).toEqual([
      { rule: 'service-exposed', firstSeen: '2026-10-02T08:00:00Z', lastSeen: '2026-10-09T08:00:00Z' },
      { rule: 'host-network', firstSeen: '2026-10-01T08:00:00Z', lastSeen: '2026-10-05T08:00:00Z' },
    ]);
    expect(dated(seen('2026-10-01')).mended).toBeUndefined();
  });
});

describe('A report tells of a cluster', () => {
  const history = historyOf(seen('2026-10-01'), new Map());
  const rememberedIn = (namespace: string | null) =>
    datedReport({ ...REPORT, cluster: { ...CLUSTER, namespace } }, { history, idOf, today: '2026-11-30' }).cluster
      ?.remembered;

  it('the modes of namespaces with servers, and the servers that are gone, as visible text', () => {
    expect(rememberedIn(null)).toEqual([
      {
        namespace: 'shop',
        modes: [
          { mode: 'off', since: '2026-10-01T08:00:00Z' },
          { mode: 'audit', since: '2026-10-28T08:00:00Z' },
        ],
        gone: [
          {
            kind: 'Deployment',
            name: 'gone',
            firstSeen: '2026-09-01T08:00:00Z',
            lastSeen: '2026-09-20T08:00:00Z',
          },
        ],
      },
    ]);
  });

  it.each([
    ['shop', 1],
    ['other', 0],
  ])('of which %s alone is judged, %i namespaces', (namespace, count) => {
    expect(rememberedIn(namespace)).toHaveLength(count);
  });

  it('that nobody remembers anything', () => {
    const told = datedReport(REPORT, undefined);
    expect([told.cluster?.remembered, told.servers]).toEqual([null, REPORT.servers]);
    expect(datedReport(SAMPLE_REPORT, undefined).cluster).toBeUndefined();
  });
});

it('from when on a server is judged is not known of others', () => {
  const judged = judgedIn({ history: historyOf(seen('2026-10-01'), new Map()), today: '2026-11-30' });
  expect([judged(server), judged({ ...server, name: 'other' })]).toEqual([
    { judgedSince: '2026-10-01T08:00:00Z', judgedDays: 60 },
    {},
  ]);
});

describe('In words', () => {
  it.each<readonly [string | undefined, number | undefined, string | undefined]>([
    ['2026-10-28T08:00:00Z', 30, '2026-10-28, 30 days'],
    ['2026-10-28T08:00:00Z', 1, '2026-10-28, 1 day'],
    ['2026-10-28T08:00:00Z', 0, '2026-10-28, 0 days'],
    [undefined, 3, undefined],
    ['2026-10-28T08:00:00Z', undefined, undefined],
  ])('%s and %s days are %s', (since, days, text) => {
    expect(sinceText(since, days)).toBe(text);
  });

  it('a mode stands with the one before', () => {
    const off = { mode: 'off', since: '2026-10-01T08:00:00Z' } as const;
    const audit = { mode: 'audit', since: '2026-10-28T08:00:00Z' } as const;
    expect([modeText([]), modeText([off]), modeText([off, audit])]).toEqual([
      undefined,
      'mode off since 2026-10-01',
      'mode audit since 2026-10-28, off before',
    ]);
  });

  it('what is known of a server stands on one line, and nothing where nothing is', () => {
    const remembered = [
      { namespace: 'shop', modes: [{ mode: 'warn' as const, since: '2026-10-28T08:00:00Z' }], gone: [] },
    ];
    const judged = { ...server, judgedSince: '2026-10-28T08:00:00Z', judgedDays: 30 };
    expect([judgedText(judged, remembered), judgedText(judged, []), judgedText(server, [])]).toEqual([
      'judged since 2026-10-28, 30 days; mode warn since 2026-10-28',
      'judged since 2026-10-28, 30 days',
      '',
    ]);
  });
});
