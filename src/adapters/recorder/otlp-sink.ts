import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { OtlpSink } from '../../app/recorder/config.ts';
import type { Sink } from '../../app/recorder/ports.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import { authorization } from './http-sink.ts';

const TIMEOUT_MS = 30_000;

/** Severities of OpenTelemetry's log data model, by decision. */
const INFO = 9;
const WARN = 13;

/** Fields of a line that stores are asked by; the whole line is the body. */
const ATTRIBUTES: readonly (readonly [attribute: string, of: (line: Fields) => unknown])[] = [
  ['chokepoint.writer', line => own(line, 'writer')],
  ['chokepoint.seq', line => own(line, 'seq')],
  ['chokepoint.type', line => own(line, 'type')],
  ['chokepoint.decision', line => own(line, 'decision')],
  ['chokepoint.operation', line => own(line, 'operation')],
  ['k8s.namespace.name', line => own(fieldsAt(line, 'object'), 'namespace')],
  ['user.name', line => own(fieldsAt(line, 'user'), 'name')],
];

function attributesOf(line: Fields): Record<string, string | number> {
  const given = ATTRIBUTES.map(([attribute, of]) => [attribute, of(line)] as const);
  return Object.fromEntries(
    given.flatMap(([attribute, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[attribute, value]] : [],
    ),
  );
}

function fieldsOf(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : {};
  } catch {
    return {};
  }
}

/** Makes log records of lines, as the SDK makes them. */
function createRecords(): (lines: readonly string[]) => ReadableLogRecord[] {
  let made: ReadableLogRecord[] = [];
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'chokepoint' }),
    processors: [
      { onEmit: record => void made.push(record), forceFlush: async () => undefined, shutdown: async () => undefined },
    ],
  });
  const logger = provider.getLogger('chokepoint.record');
  return lines => {
    made = [];
    for (const text of lines) {
      const line = fieldsOf(text);
      const time = Date.parse(String(own(line, 'time')));
      const decision = own(line, 'decision');
      const severityNumber = decision === undefined || decision === 'allow' ? INFO : WARN;
      logger.emit({
        body: text,
        severityNumber,
        attributes: attributesOf(line),
        ...(Number.isNaN(time) ? {} : { timestamp: new Date(time) }),
      });
    }
    return made;
  };
}

/** Ships lines as OTLP logs over HTTP, by the official exporter. */
export function createOtlpSink({ url, tokenFile }: OtlpSink): Sink {
  const records = createRecords();
  const headers = async (): Promise<Record<string, string>> => ({ ...(await authorization(tokenFile)) });
  const exporter = new OTLPLogExporter({ url, headers, timeoutMillis: TIMEOUT_MS });
  return {
    gatherMs: 1000,
    send: ({ lines }) =>
      new Promise((resolve, reject) => {
        exporter.export(records(lines), ({ code, error }) => {
          if (code === 0) resolve();
          else reject(error ?? new Error('the receiver did not take the logs'));
        });
      }),
    close: () => exporter.shutdown(),
  };
}
