import type { RecordLine } from '../../app/audit-query/record-line.ts';

/**
 * Lines as events of the class API Activity of the Open Cybersecurity Schema Framework, for a SIEM. Source: https://schema.ocsf.io, version 1.6.0,
 * class 6003 of category 6 (Application Activity).
 */
const VERSION = '1.6.0';
const CATEGORY = 6;
const CLASS = 6003;
const OTHER = 99;

const ACTIVITIES: ReadonlyMap<string, readonly [id: number, name: string]> = new Map([
  ['CREATE', [1, 'Create']],
  ['UPDATE', [3, 'Update']],
  ['DELETE', [4, 'Delete']],
]);

/** By decision: informational, low, medium, high. What is not known is informational. */
const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ['allow', 1],
  ['warn', 2],
  ['undetermined', 3],
  ['deny', 4],
]);

/** Unknown, success or failure. */
const statusOf = (allowed: boolean | undefined): number => (allowed === undefined ? 0 : allowed ? 1 : 2);

function apiOf({ operation, type, object, uid }: RecordLine): object {
  const [version = '', group = ''] = object.apiVersion.split('/').reverse();
  return {
    operation: operation || type,
    service: { name: 'kubernetes' },
    ...(group !== '' && { group: { name: group } }),
    ...(version !== '' && { version }),
    ...(uid !== '' && { request: { uid } }),
  };
}

/** What the class has no place for, by the names of the record. */
function unmappedOf({
  decision,
  mode,
  dryRun,
  change,
  servers,
  findings,
  causes,
  note,
  gained,
  lost,
  digest,
  hash,
}: RecordLine): object {
  const why = { ...(causes.length > 0 && { causes }), ...(note !== '' && { note }) };
  return { decision, mode, dryRun, change, servers, findings, ...why, reach: { gained, lost }, digest, hash };
}

/** One line of JSON, with its line feed. */
export function ocsfLine(line: RecordLine): string {
  const { object, user, seq, writer } = line;
  const [activity, name] = ACTIVITIES.get(line.operation) ?? [OTHER, line.operation || line.type];
  const event = {
    activity_id: activity,
    activity_name: name,
    category_uid: CATEGORY,
    class_uid: CLASS,
    type_uid: CLASS * 100 + activity,
    time: line.timeMs,
    severity_id: SEVERITIES.get(line.decision) ?? 1,
    status_id: statusOf(line.allowed),
    status_detail: [...line.causes, ...line.findings.map(({ message }) => message)].join('; '),
    metadata: {
      version: VERSION,
      product: { name: 'Chokepoint', vendor_name: 'Chokepoint' },
      original_time: line.time,
      event_code: line.type,
      ...(seq > 0 && { uid: `${writer}/${seq}`, sequence: seq }),
      ...(line.uid !== '' && { correlation_uid: line.uid }),
    },
    actor: { user: { name: user.name || 'unknown', groups: user.groups.map(group => ({ name: group })) } },
    api: apiOf(line),
    // The class asks for it; a review does not tell where its request came from.
    src_endpoint: { name: 'unknown' },
    resources: [{ type: object.kind, namespace: object.namespace, name: object.name }],
    unmapped: unmappedOf(line),
  };
  return `${JSON.stringify(event)}\n`;
}
