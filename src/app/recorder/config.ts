import { departuresOf, mergeIssues } from '../../core/gate/document/schema-check.ts';
import { type At, at, type Fields, fieldsAt, type Issue, own, Reading } from '../../core/kube/reading.ts';
import validateRecorderConfig from './validate-recorder-config.js';

/** A file of its own beside the record. */
export interface FileSink {
  readonly kind: 'file';
  readonly name: string;
  readonly path: string;
  /** Bytes after which the file is set aside, and how many of those that were are kept. */
  readonly maxBytes: number;
  readonly keepFiles: number;
  /** Hours after which a file is set aside, and days after which one that was is deleted. `undefined`: its age does not count. */
  readonly maxHours: number | undefined;
  readonly keepDays: number | undefined;
}

/** A collector that takes lines in the body of a POST. */
export interface HttpSink {
  readonly kind: 'http';
  readonly name: string;
  readonly url: string;
  /** A line each, or one JSON list. */
  readonly format: 'lines' | 'array';
  /** File of a bearer token, read for each request. Absent: none. */
  readonly tokenFile: string | undefined;
}

/** A receiver of OTLP logs over HTTP; `url` is that of `/v1/logs`. */
export interface OtlpSink {
  readonly kind: 'otlp';
  readonly name: string;
  readonly url: string;
  readonly tokenFile: string | undefined;
}

/** A bucket that S3's API reaches; credentials as the official client finds them (environment, shared file, web identity). */
export interface S3Sink {
  readonly kind: 's3';
  readonly name: string;
  readonly bucket: string;
  readonly region: string;
  /** Absent: AWS. */
  readonly endpoint: string | undefined;
  /** Before the name of each object; may be empty. */
  readonly prefix: string;
}

/** Standard output, a line each. */
interface StdoutSink {
  readonly kind: 'stdout';
  readonly name: string;
}

export type SinkConfig = FileSink | HttpSink | OtlpSink | S3Sink | StdoutSink;

/** What a recorder ships, and where: `kind: RecorderConfig`. */
export interface RecorderConfig {
  /** Bytes that the record may take on the disk; beyond, what is oldest is dropped, and counted. */
  readonly maxRecordBytes: number;
  /** By different names. Empty: the record is shipped nowhere, and notifications alone are made of it. */
  readonly sinks: readonly SinkConfig[];
}

const MIB = 1024 * 1024;
const DEFAULT_RECORD_BYTES = 1024 * MIB;

/** Names of sinks that are taken: of what makes notifications of the record. */
export const NOTIFICATIONS = 'notifications';

type SinkReader = (fields: Fields, place: At, name: string, reading: Reading) => SinkConfig;

const textAt = (fields: Fields, key: string, place: At, reading: Reading): string =>
  reading.string(fields, key, place) ?? '';

/** An address of HTTP; over plain HTTP no token is sent. */
function readUrl(
  fields: Fields,
  place: At,
  reading: Reading,
): { readonly url: string; readonly tokenFile: string | undefined } {
  const url = textAt(fields, 'url', place, reading);
  const tokenFile = reading.string(fields, 'tokenFile', place);
  const { protocol, username } = URL.parse(url) ?? { protocol: '', username: '' };
  if (url !== '' && protocol !== 'https:' && protocol !== 'http:')
    reading.error('invalid-value', at(place, 'url'), 'must be an address of https or http');
  if (username !== '') reading.error('invalid-value', at(place, 'url'), 'must hold no user: give a tokenFile');
  if (tokenFile !== undefined && protocol === 'http:')
    reading.error(
      'invalid-value',
      at(place, 'tokenFile'),
      'needs an address of https: a token is not sent in the clear',
    );
  return { url, tokenFile };
}

/** By the key that says what a sink is. */
const SINKS: ReadonlyMap<string, SinkReader> = new Map<string, SinkReader>([
  ['stdout', (_fields, _place, name) => ({ kind: 'stdout', name })],
  [
    'file',
    (fields, place, name, reading) => ({
      kind: 'file',
      name,
      path: textAt(fields, 'path', place, reading),
      maxBytes: reading.integer(fields, 'maxBytes', place) ?? 100 * MIB,
      keepFiles: reading.integer(fields, 'keepFiles', place) ?? 10,
      maxHours: reading.integer(fields, 'maxHours', place),
      keepDays: reading.integer(fields, 'keepDays', place),
    }),
  ],
  [
    'http',
    (fields, place, name, reading) => ({
      kind: 'http',
      name,
      ...readUrl(fields, place, reading),
      format: own(fields, 'format') === 'array' ? 'array' : 'lines',
    }),
  ],
  ['otlp', (fields, place, name, reading) => ({ kind: 'otlp', name, ...readUrl(fields, place, reading) })],
  [
    's3',
    (fields, place, name, reading) => ({
      kind: 's3',
      name,
      bucket: textAt(fields, 'bucket', place, reading),
      region: textAt(fields, 'region', place, reading),
      endpoint: reading.string(fields, 'endpoint', place),
      prefix: textAt(fields, 'prefix', place, reading),
    }),
  ],
]);

/** Names stand in metrics and in the file of the positions. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

function readSink(value: unknown, place: At, reading: Reading): readonly SinkConfig[] {
  const fields = reading.fields(value, place);
  if (fields === undefined) return [];
  const name = textAt(fields, 'name', place, reading);
  if (name !== '' && !NAME.test(name))
    reading.error('invalid-value', at(place, 'name'), 'must be lower case letters, digits and dashes');
  if (name === NOTIFICATIONS) reading.error('invalid-value', at(place, 'name'), 'is the name of the notifications');
  const [only, second] = [...SINKS].filter(([kind]) => own(fields, kind) !== undefined);
  if (only === undefined || second !== undefined) {
    reading.error('invalid-value', place, `must have one of ${[...SINKS.keys()].join(', ')}`);
    return [];
  }
  const [kind, read] = only;
  return [read(fieldsAt(fields, kind), at(place, kind), name, reading)];
}

function readSinks(spec: Fields, place: At, reading: Reading): readonly SinkConfig[] {
  const listPlace = at(place, 'sinks');
  const values = reading.list(spec, 'sinks', place);
  if (values.length === 0 && own(spec, NOTIFICATIONS) === undefined)
    reading.error('required', listPlace, 'at least one sink is required, or notifications');
  const sinks = values.flatMap((value, index) => readSink(value, at(listPlace, index), reading));
  const names = sinks.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) reading.error('invalid-value', listPlace, `two sinks are named "${twice}"`);
  return sinks;
}

/** Reads a part of the document that another capability has: what is wrong is noted. */
export type PartReader<Part> = (spec: Fields, place: At, reading: Reading) => Part;

export interface DecodedRecorderConfig<Part> {
  /** `undefined` where there is an issue of severity error. */
  readonly config: (RecorderConfig & { readonly notifications: Part }) | undefined;
  readonly issues: readonly Issue[];
}

/** Decodes a RecorderConfig document; every problem is told at once. Never throws. */
export function decodeRecorderConfig<Part>(
  document: Fields,
  readNotifications: PartReader<Part>,
): DecodedRecorderConfig<Part> {
  const reading = new Reading();
  const place = at(undefined, 'spec');
  const spec = fieldsAt(document, 'spec');
  const sinks = readSinks(spec, place, reading);
  const notifications = readNotifications(spec, place, reading);
  const maxRecordBytes = reading.integer(spec, 'maxRecordBytes', place) ?? DEFAULT_RECORD_BYTES;
  const issues = mergeIssues(reading.issues, departuresOf(validateRecorderConfig, document));
  const isGood = !issues.some(({ severity }) => severity === 'error');
  return { config: isGood ? { maxRecordBytes, sinks, notifications } : undefined, issues };
}
