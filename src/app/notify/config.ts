import { type At, at, type Fields, fieldsAt, own, type Reading } from '../../core/kube/reading.ts';
import { type AddressSet, NO_ADDRESSES } from '../../core/net/addresses.ts';
import { parseCidr, specifiedByAny } from '../../core/net/cidr.ts';
import { EVENT_KINDS, type EventKind, type EventPart, SEVERITIES, type Severity } from './event.ts';
import { DAYS, type Day, isTimeZone, minutesOf } from './local-time.ts';

/** Where an address stands that may be a secret. */
export type AddressSource = { readonly url: string } | { readonly urlFile: string };

export interface SlackTarget {
  readonly kind: 'slack';
  readonly address: AddressSource;
}

export interface TeamsTarget {
  readonly kind: 'teams';
  readonly address: AddressSource;
}

export interface AlertmanagerTarget {
  readonly kind: 'alertmanager';
  /** Without `/api/v2/alerts`. */
  readonly address: AddressSource;
  readonly tokenFile: string | undefined;
}

export interface HttpTarget {
  readonly kind: 'http';
  readonly address: AddressSource;
  /** Keys of Standard Webhooks, one a line. Absent: messages are not signed. */
  readonly secretFile: string | undefined;
}

export interface EmailTarget {
  readonly kind: 'email';
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte on, else by STARTTLS. */
  readonly implicitTls: boolean;
  readonly from: string;
  readonly to: readonly string[];
  /** Absent: nobody signs in. */
  readonly login: { readonly username: string; readonly passwordFile: string } | undefined;
}

export type Target = SlackTarget | TeamsTarget | AlertmanagerTarget | HttpTarget | EmailTarget;

export interface ReceiverConfig {
  readonly name: string;
  readonly target: Target;
  /** Without TLS too. */
  readonly allowInsecure: boolean;
  /** Addresses that may be connected to though they are not of the internet. */
  readonly allowed: AddressSet;
  /** A namespace may name it by its annotation. */
  readonly fromNamespaces: boolean;
  readonly giveUpAfterMs: number;
}

/** The same is told once in this time. */
interface OncePer {
  readonly key: readonly EventPart[];
  readonly forMs: number;
}

/** Minutes are of the day, by the clock of the time zone: 0 to 1439. */
export interface QuietHours {
  readonly timeZone: string;
  readonly from: number;
  /** Of the next day where it is not after `from`. */
  readonly to: number;
  /** On which they begin. */
  readonly days: ReadonlySet<Day>;
  /** What is as severe is told all the same. */
  readonly unless: Severity;
}

interface Digest {
  readonly timeZone: string;
  readonly at: number;
}

export interface NotifyRule {
  readonly name: string;
  /** Names of receivers, each once. */
  readonly to: readonly string[];
  /** Receivers that a namespace may add by its annotation. */
  readonly annotated: ReadonlySet<string>;
  readonly events: ReadonlySet<EventKind>;
  /** Absent: all, and none. */
  readonly namespaces: ReadonlySet<string> | undefined;
  readonly minSeverity: Severity;
  readonly oncePer: OncePer | undefined;
  readonly groupBy: readonly EventPart[];
  readonly groupMs: number;
  /** The end of what was told is told as well. */
  readonly resolved: boolean;
  readonly quietHours: QuietHours | undefined;
  readonly digest: Digest | undefined;
}

/** `spec.notifications` of a RecorderConfig. */
export interface NotifyConfig {
  /** At least one, by different names. */
  readonly receivers: readonly ReceiverConfig[];
  /** At least one, by different names; each names receivers that there are. */
  readonly rules: readonly NotifyRule[];
  /** Addresses that no receiver may be at, whatever else is said. */
  readonly refused: AddressSet;
}

const HOUR_MS = 3_600_000;

/** Names stand in metrics and in the queue. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** An address of mail without a name, comment or quotes beside it. */
const MAIL_ADDRESS = /^[^\s@<>(),;:\\"[\]]+@[^\s@<>(),;:\\"[\]]+$/;

function readName(fields: Fields, place: At, reading: Reading): string {
  const name = reading.string(fields, 'name', place) ?? '';
  if (name !== '' && !NAME.test(name))
    reading.error('invalid-value', at(place, 'name'), 'must be lower case letters, digits and dashes');
  return name;
}

function readBlocks(fields: Fields, key: string, place: At, reading: Reading): AddressSet {
  const texts = reading.strings(fields, key, place);
  const bad = texts.findIndex(text => parseCidr(text).problems.length > 0);
  if (bad === -1) return texts.length === 0 ? NO_ADDRESSES : specifiedByAny(texts);
  reading.error('invalid-value', at(at(place, key), bad), 'must be a block of addresses, such as 10.0.0.0/8');
  return NO_ADDRESSES;
}

interface Context {
  readonly fields: Fields;
  readonly place: At;
  readonly allowInsecure: boolean;
  readonly reading: Reading;
}

/** What is wrong with an address that is posted to; `undefined`: nothing. */
export function urlTrouble(text: string, allowInsecure: boolean): string | undefined {
  const url = URL.parse(text);
  if (url === null || !['https:', 'http:'].includes(url.protocol)) return 'must be an address of https';
  if (url.username !== '' || url.password !== '') return 'must hold no user';
  return url.protocol === 'http:' && !allowInsecure
    ? 'must be an address of https, unless allowInsecure is true'
    : undefined;
}

function readAddress({ fields, place, allowInsecure, reading }: Context): AddressSource {
  const url = reading.string(fields, 'url', place);
  const urlFile = reading.string(fields, 'urlFile', place);
  if ((url === undefined) === (urlFile === undefined))
    reading.error('invalid-value', place, 'must have one of url and urlFile');
  const trouble = url === undefined ? undefined : urlTrouble(url, allowInsecure);
  if (trouble !== undefined) reading.error('invalid-value', at(place, 'url'), trouble);
  return urlFile === undefined ? { url: url ?? '' } : { urlFile };
}

function mailAddress(text: string, place: At, reading: Reading): string {
  if (!MAIL_ADDRESS.test(text))
    reading.error('invalid-value', place, 'must be an address of mail, without a name beside it');
  return text;
}

function readEmail({ fields, place, reading }: Context): EmailTarget {
  const implicitTls = reading.boolean(fields, 'implicitTLS', place) ?? false;
  const username = reading.string(fields, 'username', place);
  const passwordFile = reading.string(fields, 'passwordFile', place);
  return {
    kind: 'email',
    host: reading.string(fields, 'host', place) ?? '',
    port: reading.integer(fields, 'port', place) ?? (implicitTls ? 465 : 587),
    implicitTls,
    from: mailAddress(reading.string(fields, 'from', place) ?? '', at(place, 'from'), reading),
    to: reading
      .strings(fields, 'to', place)
      .map((text, index) => mailAddress(text, at(at(place, 'to'), index), reading)),
    login: username === undefined || passwordFile === undefined ? undefined : { username, passwordFile },
  };
}

function readTokenFile({ fields, place, reading }: Context): string | undefined {
  const tokenFile = reading.string(fields, 'tokenFile', place);
  if (tokenFile !== undefined && reading.string(fields, 'url', place)?.startsWith('http:'))
    reading.error(
      'invalid-value',
      at(place, 'tokenFile'),
      'needs an address of https: a token is not sent in the clear',
    );
  return tokenFile;
}

/** By the key that says what a receiver is. */
const TARGETS: ReadonlyMap<string, (context: Context) => Target> = new Map<string, (context: Context) => Target>([
  ['slack', context => ({ kind: 'slack', address: readAddress(context) })],
  ['teams', context => ({ kind: 'teams', address: readAddress(context) })],
  ['email', readEmail],
  [
    'alertmanager',
    context => ({ kind: 'alertmanager', address: readAddress(context), tokenFile: readTokenFile(context) }),
  ],
  [
    'http',
    context => ({
      kind: 'http',
      address: readAddress(context),
      secretFile: context.reading.string(context.fields, 'secretFile', context.place),
    }),
  ],
]);

function readReceiver(value: unknown, place: At, reading: Reading): readonly ReceiverConfig[] {
  const fields = reading.fields(value, place);
  if (fields === undefined) return [];
  const name = readName(fields, place, reading);
  const [only, second] = [...TARGETS].filter(([kind]) => own(fields, kind) !== undefined);
  if (only === undefined || second !== undefined) {
    reading.error('invalid-value', place, `must have one of ${[...TARGETS.keys()].join(', ')}`);
    return [];
  }
  const [kind, read] = only;
  const allowInsecure = reading.boolean(fields, 'allowInsecure', place) ?? false;
  const context = { fields: fieldsAt(fields, kind), place: at(place, kind), allowInsecure, reading };
  return [
    {
      name,
      target: read(context),
      allowInsecure,
      allowed: readBlocks(fields, 'allowAddresses', place, reading),
      fromNamespaces: reading.boolean(fields, 'fromNamespaces', place) ?? false,
      giveUpAfterMs: (reading.integer(fields, 'giveUpAfterHours', place) ?? 24) * HOUR_MS,
    },
  ];
}

/** The values of a list that are among those that there are; the schema tells of the others. */
function listed<Value extends string>(
  fields: Fields,
  key: string,
  place: At,
  known: readonly Value[],
  reading: Reading,
): readonly Value[] | undefined {
  if (own(fields, key) === undefined) return undefined;
  const texts = new Set(reading.strings(fields, key, place));
  return known.filter(value => texts.has(value));
}

const KINDS = Object.keys(EVENT_KINDS) as EventKind[];
const PARTS: readonly EventPart[] = ['event', 'namespace', 'server', 'finding', 'user'];

const severityAt = (fields: Fields, key: string, absent: Severity): Severity =>
  SEVERITIES.find(severity => severity === own(fields, key)) ?? absent;

function readTimeZone(fields: Fields, place: At, reading: Reading): string {
  const name = reading.string(fields, 'timeZone', place) ?? 'UTC';
  if (isTimeZone(name)) return name;
  reading.error(
    'invalid-value',
    at(place, 'timeZone'),
    `there is no time zone "${name}": it is one such as Europe/Berlin`,
  );
  return 'UTC';
}

function readMinutes(fields: Fields, key: string, place: At, reading: Reading): number {
  const text = reading.string(fields, key, place) ?? '';
  const minutes = minutesOf(text);
  if (minutes === undefined)
    reading.error('invalid-value', at(place, key), 'must be a time of day, in quotes: "07:30"');
  return minutes ?? 0;
}

function readQuietHours(fields: Fields | undefined, place: At, reading: Reading): QuietHours | undefined {
  return (
    fields && {
      timeZone: readTimeZone(fields, place, reading),
      from: readMinutes(fields, 'from', place, reading),
      to: readMinutes(fields, 'to', place, reading),
      days: new Set(listed(fields, 'days', place, DAYS, reading) ?? DAYS),
      unless: severityAt(fields, 'unless', 'critical'),
    }
  );
}

function readOncePer(fields: Fields | undefined, place: At, reading: Reading): OncePer | undefined {
  return (
    fields && {
      key: listed(fields, 'key', place, PARTS, reading) ?? [],
      forMs: (reading.integer(fields, 'hours', place) ?? 24) * HOUR_MS,
    }
  );
}

function readDigest(fields: Fields | undefined, place: At, reading: Reading): Digest | undefined {
  return fields && { timeZone: readTimeZone(fields, place, reading), at: readMinutes(fields, 'at', place, reading) };
}

/** Names of receivers that a namespace may name, where the rule follows its annotation. */
function readAnnotated(
  fields: Fields,
  place: At,
  receivers: readonly ReceiverConfig[],
  reading: Reading,
): ReadonlySet<string> {
  const follows = reading.boolean(fields, 'followAnnotations', place) ?? false;
  if (!follows && own(fields, 'to') === undefined)
    reading.error('required', at(place, 'to'), 'is required, unless followAnnotations is true');
  return new Set(follows ? receivers.filter(({ fromNamespaces }) => fromNamespaces).map(({ name }) => name) : []);
}

function readRule(
  value: unknown,
  place: At,
  receivers: readonly ReceiverConfig[],
  reading: Reading,
): readonly NotifyRule[] {
  const fields = reading.fields(value, place);
  if (fields === undefined) return [];
  const inner = (key: string) => [reading.object(fields, key, place), at(place, key), reading] as const;
  const namespaces = reading.strings(fields, 'namespaces', place);
  return [
    {
      name: readName(fields, place, reading),
      to: [...new Set(reading.strings(fields, 'to', place))],
      annotated: readAnnotated(fields, place, receivers, reading),
      events: new Set(listed(fields, 'events', place, KINDS, reading) ?? KINDS),
      namespaces: namespaces.length === 0 ? undefined : new Set(namespaces),
      minSeverity: severityAt(fields, 'minSeverity', 'info'),
      oncePer: readOncePer(...inner('oncePer')),
      groupBy: listed(fields, 'groupBy', place, PARTS, reading) ?? ['event', 'namespace'],
      groupMs: (reading.integer(fields, 'groupSeconds', place) ?? 30) * 1000,
      resolved: reading.boolean(fields, 'resolved', place) ?? false,
      quietHours: readQuietHours(...inner('quietHours')),
      digest: readDigest(...inner('digest')),
    },
  ];
}

function tellTwice(items: readonly { readonly name: string }[], what: string, place: At, reading: Reading): void {
  const names = items.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) reading.error('invalid-value', place, `two ${what} are named "${twice}"`);
}

/** Receivers that a rule names and nobody is. */
function tellUnknown(
  rules: readonly NotifyRule[],
  receivers: readonly ReceiverConfig[],
  place: At,
  reading: Reading,
): void {
  const names = new Set(receivers.map(({ name }) => name));
  for (const [index, { to }] of rules.entries()) {
    for (const name of to)
      if (!names.has(name))
        reading.error('invalid-value', at(at(place, index), 'to'), `there is no receiver "${name}"`);
  }
}

/**
 * Reads `spec.notifications` of a RecorderConfig, of which the schema has told what is unknown, missing, or no value of a closed list. `undefined`: there is
 * none. What is wrong is noted.
 */
export function readNotifications(spec: Fields, up: At, reading: Reading): NotifyConfig | undefined {
  const fields = reading.object(spec, 'notifications', up);
  if (fields === undefined) return undefined;
  const place = at(up, 'notifications');
  const [receiversPlace, rulesPlace] = [at(place, 'receivers'), at(place, 'rules')];
  const receivers = reading
    .list(fields, 'receivers', place)
    .flatMap((value, index) => readReceiver(value, at(receiversPlace, index), reading));
  const rules = reading
    .list(fields, 'rules', place)
    .flatMap((value, index) => readRule(value, at(rulesPlace, index), receivers, reading));
  tellTwice(receivers, 'receivers', receiversPlace, reading);
  tellTwice(rules, 'rules', rulesPlace, reading);
  if (!reading.failed) tellUnknown(rules, receivers, rulesPlace, reading);
  return { receivers, rules, refused: readBlocks(fields, 'refuseAddresses', place, reading) };
}
