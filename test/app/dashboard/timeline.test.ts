import { expect, test } from 'vitest';
import type { TimelineEntry } from '../../../src/app/dashboard/model.ts';
import { MAX_ENTRIES, type RecordedChange, recordedEntry, timelineOf } from '../../../src/app/dashboard/timeline.ts';
import type { CheckReport } from '../../../src/app/report/check-report.ts';

const REACH = { from: 'any pod', to: 'shop/orders', port: '8080', protocol: 'TCP' };

const change = (fields: Partial<RecordedChange> = {}): RecordedChange => ({
  time: '2026-01-02T03:04:05.678Z',
  type: 'decision',
  operation: 'CREATE',
  object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'debug', subresource: '' },
  user: { name: 'ann' },
  allowed: true,
  dryRun: false,
  findings: [],
  gained: [],
  lost: [],
  ...fields,
});

const told = (entry: TimelineEntry | undefined): string =>
  entry === undefined
    ? ''
    : [`${entry.kind} ${entry.what}`, entry.by && `by ${entry.by}`, ...entry.details]
        .filter(text => text !== '')
        .join('; ');

const denied = { level: 'deny', message: 'any pod can reach it' };

/** A line of a record, and what is shown of it; empty: nothing. */
test.each<[string, Partial<RecordedChange>, string]>([
  ['that changed no reach', {}, ''],
  [
    'that opened something',
    { gained: [REACH] },
    'opened CREATE NetworkPolicy shop/debug; by ann; any pod can reach shop/orders (TCP 8080)',
  ],
  [
    'that closed something',
    { lost: [REACH] },
    'closed CREATE NetworkPolicy shop/debug; by ann; any pod no longer reaches shop/orders (TCP 8080)',
  ],
  [
    'that did both, which is an opening',
    { gained: [REACH], lost: [{ ...REACH, from: 'shop/web' }] },
    'opened CREATE NetworkPolicy shop/debug; by ann; any pod can reach shop/orders (TCP 8080); shop/web no longer reaches shop/orders (TCP 8080)',
  ],
  [
    'that was refused, whatever it would have opened',
    { allowed: false, gained: [REACH], findings: [denied, { level: 'warn', message: 'something else' }] },
    'refused CREATE NetworkPolicy shop/debug; by ann; any pod can reach it',
  ],
  ['of a dry run', { dryRun: true, gained: [REACH] }, ''],
  ['of a dry run that was refused', { dryRun: true, allowed: false }, ''],
  [
    'that no review tells of',
    { type: 'unwitnessed', allowed: true, user: { name: '' } },
    'past-gate CREATE NetworkPolicy shop/debug',
  ],
  [
    'that a controller saw',
    { type: 'seen', user: { name: '' }, gained: [REACH] },
    'opened CREATE NetworkPolicy shop/debug; any pod can reach shop/orders (TCP 8080)',
  ],
  [
    'of a part of an object',
    {
      operation: 'UPDATE',
      object: { kind: 'Deployment', namespace: 'shop', name: 'a', subresource: 'scale' },
      gained: [REACH],
    },
    'opened UPDATE Deployment shop/a (scale); by ann; any pod can reach shop/orders (TCP 8080)',
  ],
  [
    'of the configuration',
    {
      type: 'configuration',
      operation: '',
      object: { kind: '', namespace: '', name: '', subresource: '' },
      allowed: undefined,
    },
    'configuration the configuration of the gate',
  ],
  ['of a type that is not known', { type: 'promotion', allowed: undefined }, ''],
])('A line %s', (_, fields, text) => {
  expect(told(recordedEntry(change(fields)))).toBe(text);
});

test.each([
  ['8080', 'TCP', 'TCP 8080'],
  ['any', 'UDP', 'every port of UDP'],
  ['any', 'any', 'every port'],
  ['http', 'any', 'port http'],
])('Traffic to port %s of protocol %s is told as %s', (port, protocol, text) => {
  const { details } = recordedEntry(change({ gained: [{ ...REACH, port, protocol }] })) ?? {};
  expect(details).toEqual([`any pod can reach shop/orders (${text})`]);
});

test('Of many details the first five are told, and the number of the others', () => {
  const gained = Array.from({ length: 8 }, (_, index) => ({ ...REACH, to: `shop/s${index}` }));
  const { details = [] } = recordedEntry(change({ gained })) ?? {};
  expect([details.length, details.at(-1)]).toEqual([6, 'and 3 more']);
});

const REPORT = {
  servers: [
    {
      ...{ namespace: 'shop', kind: 'Deployment', name: 'orders' },
      findings: [
        { level: 'deny', message: 'it is open', openSince: '2026-01-03T00:00:00Z' },
        { level: 'warn', message: 'not told', openSince: '2026-01-04T00:00:00Z' },
        { level: 'deny', message: 'since nobody knows when' },
      ],
    },
  ],
} as unknown as Pick<CheckReport, 'servers'>;

test('What is known of records, rollouts and open findings stands in one line of time, the newest first', () => {
  const recorded = [recordedEntry(change({ gained: [REACH] }))].filter(entry => entry !== undefined);
  const stages = [
    { namespace: 'shop', at: '2026-01-05T00:00:00Z', from: 'audit', to: 'warn', by: 'controller' },
    { namespace: 'shop', at: '2026-01-01T00:00:00Z', from: 'warn', to: 'audit', by: 'person' },
  ];
  expect(timelineOf({ recorded, stages, report: REPORT }).map(told)).toEqual([
    'stage Namespace shop; by the controller, by its rollout; mode audit became warn',
    'found Deployment shop/orders; it is open',
    'opened CREATE NetworkPolicy shop/debug; by ann; any pod can reach shop/orders (TCP 8080)',
    'stage Namespace shop; by a person; mode warn became audit',
  ]);
});

test('The newest are kept, up to a number', () => {
  const recorded = Array.from({ length: MAX_ENTRIES + 10 }, (_, index): TimelineEntry => {
    return { at: new Date(index * 1000).toISOString(), kind: 'opened', what: String(index), by: '', details: [] };
  });
  const entries = timelineOf({ recorded, stages: [], report: { servers: [] } });
  expect([entries.length, entries[0]?.what, entries.at(-1)?.what]).toEqual([MAX_ENTRIES, '209', '10']);
});
