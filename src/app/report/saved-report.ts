import type { Cause, Finding, OpenTraffic } from '../../core/decision.ts';
import { type At, at, type Fields, type Issue, isFields, Reading } from '../../core/kube/reading.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import type { CheckReport } from './check-report.ts';

/** What of a finding tells it from others, in whichever file and line it stands and however it is worded. */
export type SavedFinding = Pick<Finding, 'rule' | 'messageId' | 'level' | 'subject' | 'object' | 'data' | 'opens'>;

/** What of a cause tells it from others. */
export interface SavedCause extends Pick<Cause, 'object'> {
  readonly code: string;
  /** The server that cannot be judged. */
  readonly subject: ObjectRef;
}

/** A report that was saved, as far as others are compared with it. */
export interface SavedReport {
  readonly findings: readonly SavedFinding[];
  readonly causes: readonly SavedCause[];
}

export type DecodedReport =
  | { readonly kind: 'report'; readonly report: SavedReport }
  | { readonly kind: 'refused'; readonly issue: Issue };

/** A report as strangers hand it over: every field that is compared must be there. */
class ReportReading extends Reading {
  text(fields: Fields, key: string, up: At | undefined): string {
    const text = this.string(fields, key, up);
    if (text === undefined) this.error('required', at(up, key), 'is required');
    return text ?? '';
  }

  known(fields: Fields, key: string, value: string): void {
    const text = this.text(fields, key, undefined);
    if (text !== value)
      this.error('foreign-report', at(undefined, key), `must be ${value}, as check --output json writes it`);
  }

  ref(fields: Fields, key: string, up: At): ObjectRef {
    const ref = this.object(fields, key, up);
    const place = at(up, key);
    if (ref === undefined) this.error('required', place, 'is required');
    return this.name(ref ?? {}, place);
  }

  name(ref: Fields, place: At): ObjectRef {
    return {
      kind: this.text(ref, 'kind', place),
      namespace: this.text(ref, 'namespace', place),
      name: this.text(ref, 'name', place),
    };
  }

  items(parent: Fields, key: string, up: At | undefined): readonly (readonly [Fields, At])[] {
    return this.list(parent, key, up).flatMap((item, index): readonly (readonly [Fields, At])[] => {
      const place = at(at(up, key), index);
      const fields = this.fields(item, place);
      return fields === undefined ? [] : [[fields, place]];
    });
  }
}

function decodeOpens(fields: Fields, place: At, reading: ReportReading): readonly OpenTraffic[] {
  return reading.items(fields, 'opens', place).map(([traffic, up]) => ({
    peers: reading.strings(traffic, 'peers', up),
    ports: reading.strings(traffic, 'ports', up),
  }));
}

function decodeFinding(fields: Fields, place: At, reading: ReportReading): SavedFinding {
  const level = reading.text(fields, 'level', place);
  if (level !== 'deny' && level !== 'warn') reading.error('invalid-value', at(place, 'level'), 'must be deny or warn');
  const opens = decodeOpens(fields, place, reading);
  const data = reading.labels(fields, 'data', place);
  return {
    rule: reading.text(fields, 'rule', place),
    messageId: reading.text(fields, 'messageId', place),
    level: level === 'deny' ? 'deny' : 'warn',
    subject: reading.ref(fields, 'subject', place),
    object: reading.ref(fields, 'object', place),
    ...(data.size > 0 && { data: Object.fromEntries(data) }),
    ...(opens.length > 0 && { opens }),
  };
}

function decodeServer(server: Fields, place: At, reading: ReportReading): SavedReport {
  const subject = reading.name(server, place);
  return {
    findings: reading.items(server, 'findings', place).map(([one, up]) => decodeFinding(one, up, reading)),
    causes: reading.items(server, 'causes', place).map(([one, up]) => ({
      code: reading.text(one, 'code', up),
      subject,
      object: reading.ref(one, 'object', up),
    })),
  };
}

const API_VERSION: CheckReport['apiVersion'] = 'chokepoint.dev/v1alpha1';
const KIND: CheckReport['kind'] = 'CheckReport';

/** A saved report from plain data; the first issue where it is none, or not whole. */
export function decodeSavedReport(value: unknown): DecodedReport {
  const reading = new ReportReading();
  const report: Fields = isFields(value) ? value : {};
  reading.known(report, 'apiVersion', API_VERSION);
  reading.known(report, 'kind', KIND);
  const servers = reading.failed ? [] : reading.items(report, 'servers', undefined);
  const saved = servers.map(([server, place]) => decodeServer(server, place, reading));
  const [issue] = reading.issues;
  if (issue !== undefined) return { kind: 'refused', issue };
  return {
    kind: 'report',
    report: { findings: saved.flatMap(one => one.findings), causes: saved.flatMap(one => one.causes) },
  };
}
