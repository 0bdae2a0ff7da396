import { listed } from '../../app/admission/response.ts';
import { type AdmissionResponse, OPERATIONS, type Operation, type Review } from '../../app/admission/review.ts';
import { at, type Fields, fieldsAt, own, Reading } from '../../core/kube/reading.ts';

const API_VERSION = 'admission.k8s.io/v1';

/**
 * What came of a body. `bad` without a uid cannot be answered as a review (HTTP 400: the API server applies its failurePolicy);
 * with a uid it is answered by a refusal with code 400. The message names every problem.
 */
export type DecodedReview =
  | { readonly kind: 'review'; readonly review: Review }
  | { readonly kind: 'bad'; readonly uid: string | undefined; readonly message: string };

const REQUEST = at(undefined, 'request');

function decodeOperation(request: Fields, reading: Reading): Operation {
  const written = own(request, 'operation');
  const operation = OPERATIONS.find(known => known === written);
  if (operation === undefined) {
    reading.error('invalid-operation', at(REQUEST, 'operation'), `must be one of ${OPERATIONS.join(', ')}`);
  }
  return operation ?? 'CONNECT';
}

function decodeKind(request: Fields, reading: Reading): Review['kind'] {
  const place = at(REQUEST, 'kind');
  const fields = reading.object(request, 'kind', REQUEST) ?? {};
  const text = (key: string): string => reading.string(fields, key, place) ?? '';
  const kind = { group: text('group'), version: text('version'), kind: text('kind') };
  if (kind.version === '' || kind.kind === '') reading.error('no-kind', place, 'needs a version and a kind');
  return kind;
}

function decodeUser(request: Fields, reading: Reading): Review['user'] {
  const place = at(REQUEST, 'userInfo');
  const user = reading.object(request, 'userInfo', REQUEST) ?? {};
  const uid = reading.string(user, 'uid', place);
  return {
    username: reading.string(user, 'username', place) ?? '',
    ...(uid && { uid }),
    groups: reading.strings(user, 'groups', place),
  };
}

/** Operations and the objects that they must bring (admission/v1 types.go). CONNECT brings options, which are not judged. */
const REQUIRED: Readonly<Record<Operation, readonly ('object' | 'oldObject')[]>> = {
  CREATE: ['object'],
  UPDATE: ['object', 'oldObject'],
  DELETE: ['oldObject'],
  CONNECT: [],
};

/**
 * An object must be what the request says of it, or one would be judged and the other stored:
 * its kind is request.kind, its namespace is request.namespace where both are given.
 */
function decodeObject(
  request: Fields,
  key: 'object' | 'oldObject',
  about: About,
  reading: Reading,
): Fields | undefined {
  const place = at(REQUEST, key);
  const object = reading.object(request, key, REQUEST);
  if (object === undefined) {
    if (REQUIRED[about.operation].includes(key))
      reading.error('no-object', place, `is required for ${about.operation}`);
    return undefined;
  }
  const { group, version, kind } = about.kind;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  if (own(object, 'apiVersion') !== apiVersion || own(object, 'kind') !== kind) {
    reading.error('wrong-kind', place, `must be of kind ${apiVersion} ${kind}, as request.kind says`);
  }
  const metadata = reading.object(object, 'metadata', place) ?? {};
  const namespace = reading.string(metadata, 'namespace', at(place, 'metadata')) ?? '';
  if (namespace !== '' && about.namespace !== '' && namespace !== about.namespace) {
    reading.error('wrong-namespace', place, `must be in namespace "${about.namespace}", as request.namespace says`);
  }
  return object;
}

type About = Pick<Review, 'operation' | 'kind' | 'namespace'>;

function decodeRequest(uid: string, request: Fields, bytes: number | undefined, reading: Reading): Review {
  const kind = decodeKind(request, reading);
  const text = (key: string): string => reading.string(request, key, REQUEST) ?? '';
  const about: About = {
    operation: decodeOperation(request, reading),
    kind,
    // For Namespaces request.namespace repeats the name, while metadata.namespace stays empty.
    namespace: kind.group === '' && kind.kind === 'Namespace' ? '' : text('namespace'),
  };
  const { resource } = fieldsAt(request, 'resource');
  return {
    ...about,
    uid,
    ...(typeof resource === 'string' && resource !== '' && { resource }),
    subResource: text('subResource'),
    name: text('name'),
    user: decodeUser(request, reading),
    dryRun: reading.boolean(request, 'dryRun', REQUEST) ?? false,
    object: decodeObject(request, 'object', about, reading),
    oldObject: decodeObject(request, 'oldObject', about, reading),
    ...(bytes !== undefined && { bytes }),
  };
}

function envelopeProblem(body: Fields, request: Fields | undefined): string | undefined {
  if (own(body, 'kind') !== 'AdmissionReview') return 'kind must be AdmissionReview';
  if (own(body, 'apiVersion') !== API_VERSION) return `apiVersion must be ${API_VERSION}`;
  return request === undefined ? 'request must be an object' : undefined;
}

/** A uid is a UUID of 36 characters (apimachinery uuid.NewUUID), and is repeated in the answer. */
const MAX_UID = 128;

/** Decodes admission.k8s.io/v1 AdmissionReview. Never throws for what the body holds; objects are passed on as they are. `bytes`: of the body; absent: not known. */
export function decodeReview(value: unknown, bytes?: number): DecodedReview {
  const reading = new Reading();
  const body = reading.fields(value, at(undefined, 'body'));
  if (body === undefined) return { kind: 'bad', uid: undefined, message: 'the body must be an AdmissionReview object' };
  const request = reading.object(body, 'request', undefined);
  // A review of another version must not be answered as v1: the API server would take the answer for a broken one.
  const problem = envelopeProblem(body, request);
  const uid = request && reading.string(request, 'uid', REQUEST);
  if (problem !== undefined || !request) return { kind: 'bad', uid: undefined, message: problem ?? '' };
  if (!uid || uid.length > MAX_UID) {
    return { kind: 'bad', uid: undefined, message: `request.uid must be a text of 1 to ${MAX_UID} characters` };
  }
  const review = decodeRequest(uid, request, bytes, reading);
  if (!reading.failed) return { kind: 'review', review };
  return { kind: 'bad', uid, message: listed(reading.issues.map(issue => `${issue.path} ${issue.message}`)) };
}

/** metav1.StatusReason of each code: clients such as `errors.IsForbidden` read this, people the message. */
const REASONS: Readonly<Record<AdmissionResponse['code'], string>> = {
  200: '',
  400: 'BadRequest',
  403: 'Forbidden',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

/**
 * The AdmissionReview that answers `uid`: apiVersion, kind and response alone, never the request.
 * A patch is written only for an allowed review that has one.
 */
export function encodeResponse(
  uid: string,
  { allowed, code, message, warnings, auditAnnotations, patch }: AdmissionResponse,
): string {
  const response = {
    uid,
    allowed,
    ...(allowed ? {} : { status: { status: 'Failure', code, reason: REASONS[code], message } }),
    ...(allowed && patch.length > 0
      ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
      : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
    ...(auditAnnotations.size > 0 ? { auditAnnotations: Object.fromEntries(auditAnnotations) } : {}),
  };
  return JSON.stringify({ apiVersion: API_VERSION, kind: 'AdmissionReview', response });
}
