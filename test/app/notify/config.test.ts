import { describe, expect, test } from 'vitest';
import schema from '../../../policies/recorder-config.schema.json' with { type: 'json' };
import { readNotifications } from '../../../src/app/notify/config.ts';
import { EVENT_KINDS, SEVERITIES } from '../../../src/app/notify/event.ts';
import { DAYS } from '../../../src/app/notify/local-time.ts';
import { decodeRecorderConfig } from '../../../src/app/recorder/config.ts';
import { NO_ADDRESSES } from '../../../src/core/net/addresses.ts';
import { specifiedByAny } from '../../../src/core/net/cidr.ts';

const decode = (notifications: unknown) =>
  decodeRecorderConfig(
    { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'RecorderConfig', spec: { notifications } },
    readNotifications,
  );

const RULE = { name: 'all', to: ['a'] };
const to = (target: object, more: object = {}): object => ({
  receivers: [{ name: 'a', ...target, ...more }],
  rules: [RULE],
});
const by = (more: object): object => ({
  receivers: [{ name: 'a', slack: { url: 'https://a' } }],
  rules: [{ ...RULE, ...more }],
});
const HOUR_MS = 3_600_000;

test('Notifications have defaults', () => {
  expect(decode(to({ slack: { urlFile: '/url' } })).config?.notifications).toEqual({
    receivers: [
      {
        name: 'a',
        target: { kind: 'slack', address: { urlFile: '/url' } },
        allowInsecure: false,
        allowed: NO_ADDRESSES,
        fromNamespaces: false,
        giveUpAfterMs: 24 * HOUR_MS,
      },
    ],
    rules: [
      {
        name: 'all',
        to: ['a'],
        annotated: new Set(),
        events: new Set(Object.keys(EVENT_KINDS)),
        namespaces: undefined,
        minSeverity: 'info',
        oncePer: undefined,
        groupBy: ['event', 'namespace'],
        groupMs: 30_000,
        resolved: false,
        quietHours: undefined,
        digest: undefined,
      },
    ],
    refused: NO_ADDRESSES,
  });
});

test('A rule says all that it can', () => {
  const given = {
    events: ['opened'],
    namespaces: ['tools'],
    minSeverity: 'high',
    oncePer: { key: ['server'], hours: 2 },
    groupBy: [],
    groupSeconds: 0,
    resolved: true,
    quietHours: { timeZone: 'Europe/Berlin', from: '22:00', to: '07:30', days: ['Mon'], unless: 'high' },
    digest: { at: '09:00' },
  };
  const [rule] = decode(by(given)).config?.notifications?.rules ?? [];
  expect(rule).toEqual({
    name: 'all',
    to: ['a'],
    annotated: new Set(),
    events: new Set(['opened']),
    namespaces: new Set(['tools']),
    minSeverity: 'high',
    oncePer: { key: ['server'], forMs: 2 * HOUR_MS },
    groupBy: [],
    groupMs: 0,
    resolved: true,
    quietHours: { timeZone: 'Europe/Berlin', from: 1320, to: 450, days: new Set(['Mon']), unless: 'high' },
    digest: { timeZone: 'UTC', at: 540 },
  });
});

test('A rule may follow annotations, to receivers that allow it', () => {
  const receivers = [
    { name: 'a', slack: { url: 'https://a' }, fromNamespaces: true },
    { name: 'b', slack: { url: 'https://b' } },
  ];
  const rules = [
    { name: 'all', followAnnotations: true },
    { name: 'none', to: ['b'] },
  ];
  const { config, issues } = decode({ receivers, rules });
  expect(issues).toEqual([]);
  expect(config?.notifications?.rules.map(({ to: named, annotated }) => ({ named, annotated }))).toEqual([
    { named: [], annotated: new Set(['a']) },
    { named: ['b'], annotated: new Set() },
  ]);
});

describe('A receiver is', () => {
  test.each<[what: string, target: object, read: object]>([
    ['a workflow of Teams', { teams: { url: 'https://a/b' } }, { kind: 'teams', address: { url: 'https://a/b' } }],
    [
      'mail by STARTTLS',
      { email: { host: 'smtp.example', from: 'a@example.com', to: ['b@example.com'] } },
      {
        kind: 'email',
        host: 'smtp.example',
        port: 587,
        implicitTls: false,
        from: 'a@example.com',
        to: ['b@example.com'],
        login: undefined,
      },
    ],
    [
      'mail by TLS, with a login',
      {
        email: {
          host: 'smtp.example',
          implicitTLS: true,
          from: 'a@example.com',
          to: ['b@example.com'],
          username: 'u',
          passwordFile: '/p',
        },
      },
      {
        kind: 'email',
        host: 'smtp.example',
        port: 465,
        implicitTls: true,
        from: 'a@example.com',
        to: ['b@example.com'],
        login: { username: 'u', passwordFile: '/p' },
      },
    ],
    [
      'Alertmanager',
      { alertmanager: { url: 'http://am:9093' }, allowInsecure: true },
      { kind: 'alertmanager', address: { url: 'http://am:9093' }, tokenFile: undefined },
    ],
    [
      'any endpoint',
      { http: { url: 'https://a', secretFile: '/s' } },
      { kind: 'http', address: { url: 'https://a' }, secretFile: '/s' },
    ],
  ])('%s', (_, target, read) => {
    const { config, issues } = decode(to(target));
    expect(issues).toEqual([]);
    expect(config?.notifications?.receivers[0]?.target).toEqual(read);
  });

  test('allowed addresses that are not of the internet', () => {
    const given = to({ slack: { url: 'https://a' } }, { allowAddresses: ['10.0.0.0/8', 'fd00::/8'] });
    expect(decode(given).config?.notifications?.receivers[0]?.allowed).toEqual(
      specifiedByAny(['10.0.0.0/8', 'fd00::/8']),
    );
  });
});

describe('Notifications are refused', () => {
  const MAIL = { host: 'a', from: 'a@b', to: ['b@c'] };
  test.each<[what: string, given: object, issue: string]>([
    ['without a receiver', { receivers: [], rules: [RULE] }, 'notifications.receivers: must not be empty'],
    ['without rules', { receivers: [{ name: 'a', slack: { url: 'https://a' } }] }, 'notifications.rules: is required'],
    ['with a receiver of no kind', to({}), 'receivers[0]: must have one of slack, teams, email, alertmanager, http'],
    ['with a receiver of two', to({ slack: { url: 'https://a' }, teams: { url: 'https://a' } }), 'must have one of'],
    [
      'with two addresses',
      to({ slack: { url: 'https://a', urlFile: '/a' } }),
      'receivers[0].slack: must have one of url and urlFile',
    ],
    ['with no address', to({ http: {} }), 'receivers[0].http: must have one of url and urlFile'],
    [
      'over plain http',
      to({ slack: { url: 'http://a' } }),
      'must be an address of https, unless allowInsecure is true',
    ],
    [
      'over another protocol',
      to({ slack: { url: 'file:///etc/passwd' } }, { allowInsecure: true }),
      'must be an address of https',
    ],
    ['with a user in the address', to({ http: { url: 'https://u:p@a' } }), 'must hold no user'],
    [
      'with a token in the clear',
      to({ alertmanager: { url: 'http://a', tokenFile: '/t' } }, { allowInsecure: true }),
      'a token is not sent in the clear',
    ],
    ['with a user without a password', to({ email: { ...MAIL, username: 'u' } }), 'email.passwordFile: is required'],
    [
      'with a second header in an address',
      to({ email: { ...MAIL, to: ['b@c\r\nBcc: d@e'] } }),
      'email.to[0]: must be an address of mail',
    ],
    [
      'with a name beside an address',
      to({ email: { ...MAIL, from: 'A <a@b>' } }),
      'email.from: must be an address of mail',
    ],
    [
      'with two addresses in one',
      to({ email: { ...MAIL, to: ['b@c,d@e'] } }),
      'email.to[0]: must be an address of mail',
    ],
    [
      'with a block that is none',
      to({ slack: { url: 'https://a' } }, { allowAddresses: ['10.0.0.0'] }),
      'allowAddresses[0]: must be a block',
    ],
    [
      'with a block that readers take for different ones',
      { ...to({ slack: { url: 'https://a' } }), refuseAddresses: ['010.0.0.0/8'] },
      'refuseAddresses[0]: must be a block',
    ],
    [
      'with a field that nobody knows',
      to({ slack: { url: 'https://a', channel: 'b' } }),
      'receivers[0].slack.channel: unknown field',
    ],
    [
      'with a rule that tells nobody',
      by({ to: undefined }),
      'rules[0].to: is required, unless followAnnotations is true',
    ],
    ['with a receiver that is not there', by({ to: ['b'] }), 'rules[0].to: there is no receiver "b"'],
    ['with an event that there is not', by({ events: ['exploded'] }), 'rules[0].events[0]: must be one of created'],
    ['with an event of our own tests', by({ events: ['test'] }), 'rules[0].events[0]: must be one of created'],
    ['with a severity that there is not', by({ minSeverity: 'worse' }), 'rules[0].minSeverity: must be one of info'],
    ['with a time of day that is none', by({ digest: { at: '9:00' } }), 'rules[0].digest.at: must be a time of day'],
    ['with a number for a time of day', by({ digest: { at: 900 } }), 'rules[0].digest.at: '],
    [
      'with a time zone that is none',
      by({ quietHours: { timeZone: 'Mars', from: '22:00', to: '07:00' } }),
      'there is no time zone "Mars"',
    ],
    ['with a name that no metric takes', by({ name: 'A b' }), 'rules[0].name: must be lower case'],
    [
      'with two rules of one name',
      { receivers: [{ name: 'a', slack: { url: 'https://a' } }], rules: [RULE, RULE] },
      'two rules are named "all"',
    ],
    [
      'with two receivers of one name',
      {
        receivers: [
          { name: 'a', slack: { url: 'https://a' } },
          { name: 'a', teams: { url: 'https://a' } },
        ],
        rules: [RULE],
      },
      'two receivers are named "a"',
    ],
    ['with a name of the prototype for a receiver', to({ constructor: {} }), 'receivers[0].constructor: unknown field'],
  ])('%s', (_, given, issue) => {
    const { config, issues } = decode(given);
    expect(config).toBeUndefined();
    expect(issues.map(({ path, message }) => `${path}: ${message}`).join('\n')).toContain(issue);
  });
});

test('The schema lists what there is', () => {
  const { rule } = schema.$defs;
  const { test: _, ...kinds } = EVENT_KINDS;
  expect(rule.properties.events.items.enum.toSorted()).toEqual(Object.keys(kinds).sort());
  expect(rule.properties.minSeverity.enum).toEqual(SEVERITIES);
  expect(rule.properties.quietHours.properties.days.items.enum.toSorted()).toEqual(DAYS.toSorted());
});
