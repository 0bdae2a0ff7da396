import { type At, at, type Fields, type Issue, own, Reading } from '../../core/kube/reading.ts';

/** A file of its own beside the record. */
export interface FileSink {
  readonly kind: 'file';
  readonly name: string;
  readonly path: string;
  /** Bytes after which the file is set aside, and how many of those that were are kept. */
  readonly maxBytes: number;
  readonly keepFiles: number;
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

/** What a recorder does: `kind: RecorderConfig`. */
export interface RecorderConfig {
  /** Bytes that the record may take on the disk; beyond, what is oldest is dropped, and counted. */
  readonly maxRecordBytes: number;
  /** At least one, by different names. */
  readonly sinks: readonly SinkConfig[];
}

export interface DecodedRecorderConfig {
  /** `undefined` where there is an issue of severity error. */
  readonly config: RecorderConfig | undefined;
  readonly issues: readonly Issue[];
}

const MIB = 1024 * 1024;
const DEFAULT_RECORD_BYTES = 1024 * MIB;
const LEAST_BYTES = MIB;

type SinkReader = (fields: Fields, place: At, name: string, reading: Reading) => SinkConfig;

function required(fields: Fields, key: string, place: At, reading: Reading): string {
  const text = reading.string(fields, key, place);
  if (text === undefined || text === '') reading.error('required', at(place, key), 'is required');
  return text ?? '';
}

function atLeast(fields: Fields, key: string, place: At, reading: Reading, least: number, absent: number): number {
  const value = reading.integer(fields, key, place) ?? absent;
  if (value < least) reading.error('invalid-value', at(place, key), `must be at least ${least}`);
  return value;
}

/** An address of HTTP; over plain HTTP no token is sent. */
function readUrl(
  fields: Fields,
  place: At,
  reading: Reading,
): { readonly url: string; readonly tokenFile: string | undefined } {
  const url = required(fields, 'url', place, reading);
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

const FORMATS = ['lines', 'array'] as const;

/** By the key that says what a sink is: its other fields, and how it is read. */
const SINKS: ReadonlyMap<string, { readonly known: ReadonlySet<string>; readonly read: SinkReader }> = new Map([
  ['stdout', { known: new Set<string>(), read: (_fields, _place, name) => ({ kind: 'stdout', name }) }],
  [
    'file',
    {
      known: new Set(['path', 'maxBytes', 'keepFiles']),
      read: (fields, place, name, reading) => ({
        kind: 'file',
        name,
        path: required(fields, 'path', place, reading),
        maxBytes: atLeast(fields, 'maxBytes', place, reading, LEAST_BYTES, 100 * MIB),
        keepFiles: atLeast(fields, 'keepFiles', place, reading, 1, 10),
      }),
    },
  ],
  [
    'http',
    {
      known: new Set(['url', 'tokenFile', 'format']),
      read: (fields, place, name, reading) => {
        const text = reading.string(fields, 'format', place) ?? 'lines';
        const format = FORMATS.find(one => one === text);
        if (format === undefined)
          reading.error('invalid-value', at(place, 'format'), `must be one of ${FORMATS.join(', ')}`);
        return { kind: 'http', name, ...readUrl(fields, place, reading), format: format ?? 'lines' };
      },
    },
  ],
  [
    'otlp',
    {
      known: new Set(['url', 'tokenFile']),
      read: (fields, place, name, reading) => ({ kind: 'otlp', name, ...readUrl(fields, place, reading) }),
    },
  ],
  [
    's3',
    {
      known: new Set(['bucket', 'region', 'endpoint', 'prefix']),
      read: (fields, place, name, reading) => ({
        kind: 's3',
        name,
        bucket: required(fields, 'bucket', place, reading),
        region: required(fields, 'region', place, reading),
        endpoint: reading.string(fields, 'endpoint', place),
        prefix: reading.string(fields, 'prefix', place) ?? '',
      }),
    },
  ],
] satisfies readonly (readonly [string, { readonly known: ReadonlySet<string>; readonly read: SinkReader }])[]);

/** Names stand in metrics and in the file of the positions. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

function readSink(value: unknown, place: At, reading: Reading): readonly SinkConfig[] {
  const fields = reading.fields(value, place);
  if (fields === undefined) return [];
  const name = required(fields, 'name', place, reading);
  if (name !== '' && !NAME.test(name))
    reading.error('invalid-value', at(place, 'name'), 'must be lower case letters, digits and dashes');
  const kinds = [...SINKS].filter(([kind]) => own(fields, kind) !== undefined);
  const [only] = kinds;
  if (only === undefined || kinds.length > 1) {
    reading.error('invalid-value', place, `must have one of ${[...SINKS.keys()].join(', ')}`);
    return [];
  }
  const [kind, { known, read }] = only;
  unknownFields(fields, new Set(['name', kind]), place, reading);
  const inner = reading.object(fields, kind, place) ?? {};
  unknownFields(inner, known, at(place, kind), reading);
  return [read(inner, at(place, kind), name, reading)];
}

function unknownFields(fields: Fields, known: ReadonlySet<string>, place: At | undefined, reading: Reading): void {
  for (const key of Object.keys(fields))
    if (!known.has(key)) reading.error('unknown-field', at(place, key), `unknown field "${key}"`);
}

/** Decodes a RecorderConfig document; every problem is told at once. Never throws. */
export function decodeRecorderConfig(document: Fields): DecodedRecorderConfig {
  const reading = new Reading();
  unknownFields(document, new Set(['apiVersion', 'kind', 'metadata', 'spec']), undefined, reading);
  if (own(document, 'apiVersion') !== 'chokepoint.dev/v1alpha1')
    reading.error('invalid-value', at(undefined, 'apiVersion'), 'must be chokepoint.dev/v1alpha1');
  const place = at(undefined, 'spec');
  const spec = reading.object(document, 'spec', undefined) ?? {};
  unknownFields(spec, new Set(['maxRecordBytes', 'sinks']), place, reading);
  const listPlace = at(place, 'sinks');
  const sinks = reading
    .list(spec, 'sinks', place)
    .flatMap((value, index) => readSink(value, at(listPlace, index), reading));
  if (sinks.length === 0) reading.error('required', listPlace, 'at least one sink is required');
  const names = sinks.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) reading.error('invalid-value', listPlace, `two sinks are named "${twice}"`);
  const maxRecordBytes = atLeast(spec, 'maxRecordBytes', place, reading, LEAST_BYTES, DEFAULT_RECORD_BYTES);
  return { config: reading.failed ? undefined : { maxRecordBytes, sinks }, issues: reading.issues };
}
