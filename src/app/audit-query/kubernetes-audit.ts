import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import {
  type Decoded,
  type ObjectReference,
  type RecordedFinding,
  type ServerReference,
  textAt,
  textsAt,
  timeOf,
} from './record-line.ts';

/** What the webhook notes with each event that concerns a server; the API server puts the name of the webhook and a slash before it. */
const VERDICT = 'verdict';

/** By verb of a request that changes something. */
const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ['create', 'CREATE'],
  ['update', 'UPDATE'],
  ['patch', 'UPDATE'],
  ['delete', 'DELETE'],
  ['deletecollection', 'DELETE'],
]);

/** Stages of an event after which nothing more becomes of the request. */
const FINAL_STAGES: ReadonlySet<string> = new Set(['ResponseComplete', 'Panic']);

/** By resource, for audit policies that keep no objects; a resource that is not listed stands for itself. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['pods', 'Pod'],
  ['deployments', 'Deployment'],
  ['statefulsets', 'StatefulSet'],
  ['daemonsets', 'DaemonSet'],
  ['replicasets', 'ReplicaSet'],
  ['replicationcontrollers', 'ReplicationController'],
  ['jobs', 'Job'],
  ['cronjobs', 'CronJob'],
  ['services', 'Service'],
  ['ingresses', 'Ingress'],
  ['httproutes', 'HTTPRoute'],
  ['networkpolicies', 'NetworkPolicy'],
  ['namespaces', 'Namespace'],
]);

const kindOf = (resource: string): string => KINDS.get(resource) ?? resource;

/** Whether a line is an event of the audit log of an API server (audit.k8s.io/v1). */
export const isAuditEvent = (value: unknown): value is Fields =>
  isFields(value) && textAt(value, 'kind') === 'Event' && textAt(value, 'apiVersion').startsWith('audit.k8s.io/');

/** Names of the webhooks that note a verdict, as the manifests ship them (manifests/base/90-webhooks.yaml). */
const WEBHOOK = /^[a-z-]+\.chokepoint\.dev\/verdict$/;

/** The annotations of our webhook by their own keys; empty where it noted no verdict. */
function notedBy(event: Fields): ReadonlyMap<string, string> {
  const annotations = fieldsAt(event, 'annotations');
  const verdict = Object.keys(annotations).find(key => WEBHOOK.test(key));
  if (verdict === undefined) return new Map();
  const prefix = verdict.slice(0, -VERDICT.length);
  const ours = Object.keys(annotations).filter(key => key.startsWith(prefix));
  return new Map(ours.map(key => [key.slice(prefix.length), textAt(annotations, key)]));
}

/** Texts of one annotation, as the webhook joins them. */
const textsOf = (joined: string | undefined): readonly string[] => joined?.split(' | ') ?? [];

/** `Deployment tools/search`. */
function serverOf(text: string): readonly ServerReference[] {
  const [, kind, namespace, name] = /^(\S+) ([^\s/]+)\/(\S+)$/.exec(text) ?? [];
  return kind && namespace && name ? [{ kind, namespace, name }] : [];
}

/** `host-network: hostNetwork is set (spec.hostNetwork). Fix: …`. */
function findingOf(text: string, verdict: string): RecordedFinding {
  const [, rule = ''] = /^([a-z][a-z0-9-]*): /.exec(text) ?? [];
  return { rule, level: verdict === 'deny' ? 'deny' : 'warn', message: text };
}

function objectOf(event: Fields): ObjectReference {
  const reference = fieldsAt(event, 'objectRef');
  const [group, version] = [textAt(reference, 'apiGroup'), textAt(reference, 'apiVersion')];
  const [request, response] = [fieldsAt(event, 'requestObject'), fieldsAt(event, 'responseObject')];
  const kinds = [request, response].map(object => textAt(object, 'kind'));
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    // An event names the resource alone; the kind stands in the object, where the audit policy keeps that.
    kind: kinds.find(kind => kind !== '' && kind !== 'Status') ?? kindOf(textAt(reference, 'resource')),
    subresource: textAt(reference, 'subresource'),
    namespace: textAt(reference, 'namespace'),
    name: textAt(reference, 'name'),
  };
}

/** The stored object as the response tells it; absent where the audit policy does not keep that, and of a refusal. */
function storedObject(event: Fields): Fields | undefined {
  const response = own(event, 'responseObject');
  return isFields(response) && textAt(response, 'kind') !== 'Status' ? response : undefined;
}

/**
 * Reads an event of the API server's audit log that our webhook noted a verdict with, as a line without a chain: it has no sequence number, no hash and
 * no change of reach. `undefined`: an event that the webhook had no part in, or one that tells of a request that is not over yet.
 */
export function decodeAuditEvent(event: Fields): Decoded | undefined {
  const noted = notedBy(event);
  if (noted.size === 0 || !FINAL_STAGES.has(textAt(event, 'stage'))) return undefined;
  const time = textAt(event, 'requestReceivedTimestamp');
  const timeMs = timeOf(time);
  if (Number.isNaN(timeMs)) return { unreadable: 'its `requestReceivedTimestamp` is no RFC 3339 time' };
  const [user, status, verb] = [fieldsAt(event, 'user'), fieldsAt(event, 'responseStatus'), textAt(event, 'verb')];
  const code = own(status, 'code');
  const verdict = noted.get(VERDICT) ?? '';
  return {
    line: {
      seq: 0,
      writer: '',
      time,
      timeMs,
      type: 'decision',
      uid: textAt(event, 'auditID'),
      operation: OPERATIONS.get(verb) ?? verb.toUpperCase(),
      object: objectOf(event),
      user: { name: textAt(user, 'username'), groups: textsAt(user, 'groups') },
      decision: verdict,
      allowed: typeof code === 'number' ? code < 400 : undefined,
      mode: noted.get('mode') ?? '',
      dryRun: /[?&]dryRun=All\b/.test(textAt(event, 'requestURI')),
      change: [],
      servers: textsOf(noted.get('servers')).flatMap(serverOf),
      findings: textsOf(noted.get('findings')).map(text => findingOf(text, verdict)),
      causes: noted.has('not-judged') ? [noted.get('not-judged') ?? ''] : [],
      note: '',
      gained: [],
      lost: [],
      open: undefined,
      truncated: [],
      digest: '',
      snapshot: storedObject(event),
      hash: '',
    },
  };
}
