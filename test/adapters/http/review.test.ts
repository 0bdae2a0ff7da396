import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeReview, encodeResponse } from '../../../src/adapters/http/review.ts';
import type { AdmissionResponse } from '../../../src/app/admission/review.ts';
import { type Body, reviewBody } from '../../support/reviews.ts';

const FILES = readdirSync(new URL('../../fixtures/reviews/', import.meta.url));
const NAMES = FILES.filter(file => file.endsWith('.json')).map(file => file.replace('.json', ''));

describe('decodeReview', () => {
  test.each(NAMES)('reads the recorded %s', name => {
    expect(decodeReview(reviewBody(name)).kind).toBe('review');
  });

  test('reads what is judged, and nothing else', () => {
    const body = reviewBody('networkpolicy-deletecollection');
    expect(decodeReview(body)).toEqual({
      kind: 'review',
      review: {
        uid: body.request.uid,
        operation: 'DELETE',
        kind: { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' },
        namespace: 'prod',
        resource: 'networkpolicies',
        subResource: '',
        name: '',
        user: {
          username: 'system:serviceaccount:kube-system:namespace-controller',
          groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
        },
        dryRun: false,
        object: undefined,
        oldObject: body.request.oldObject,
      },
    });
  });

  const envelope: readonly (readonly [string, unknown, string])[] = [
    ['nothing', undefined, 'the body must be an AdmissionReview object'],
    ['null', null, 'the body must be an AdmissionReview object'],
    ['a list', [], 'the body must be an AdmissionReview object'],
    ['a text', 'AdmissionReview', 'the body must be an AdmissionReview object'],
    ['an empty object', {}, 'kind must be AdmissionReview'],
    ['another kind', { ...reviewBody('pod-create'), kind: 'Pod' }, 'kind must be AdmissionReview'],
    [
      'v1beta1',
      { ...reviewBody('pod-create'), apiVersion: 'admission.k8s.io/v1beta1' },
      'apiVersion must be admission.k8s.io/v1',
    ],
    ['no request', { ...reviewBody('pod-create'), request: null }, 'request must be an object'],
    ['no uid', reviewBody('pod-create', { uid: null }), 'request.uid must be a text of 1 to 128 characters'],
    ['an empty uid', reviewBody('pod-create', { uid: '' }), 'request.uid must be a text of 1 to 128 characters'],
    [
      'a uid that is longer than any',
      reviewBody('pod-create', { uid: 'u'.repeat(129) }),
      'request.uid must be a text of 1 to 128 characters',
    ],
    ['a number as uid', reviewBody('pod-create', { uid: 7 }), 'request.uid must be a text of 1 to 128 characters'],
  ];
  test.each(envelope)('cannot answer %s', (_what, body, message) => {
    expect(decodeReview(body)).toEqual({ kind: 'bad', uid: undefined, message });
  });

  const pod = (): Body => reviewBody('pod-create').request.object;
  const requests: readonly (readonly [string, Body, string])[] = [
    [
      'an unknown operation',
      { operation: 'PATCH' },
      'request.operation must be one of CREATE, UPDATE, DELETE, CONNECT',
    ],
    ['no object', { object: null }, 'request.object is required for CREATE'],
    [
      'a list as object',
      { object: [] },
      'request.object expected an object, got a list; request.object is required for CREATE',
    ],
    ['no old object', { operation: 'UPDATE' }, 'request.oldObject is required for UPDATE'],
    ['a deletion of nothing', { operation: 'DELETE' }, 'request.oldObject is required for DELETE'],
    [
      'an object of another kind',
      { object: { ...pod(), kind: 'ConfigMap' } },
      'request.object must be of kind v1 Pod, as request.kind says',
    ],
    [
      'an object without a kind',
      { object: { metadata: {} } },
      'request.object must be of kind v1 Pod, as request.kind says',
    ],
    [
      'another kind than that of the object',
      { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } },
      'request.object must be of kind apps/v1 Deployment, as request.kind says',
    ],
    [
      'no kind',
      { kind: {} },
      'request.kind needs a version and a kind; request.object must be of kind  , as request.kind says',
    ],
    [
      'an object of another namespace',
      { namespace: 'dev' },
      'request.object must be in namespace "dev", as request.namespace says',
    ],
  ];
  test.each(requests)('refuses %s by its uid', (_what, request, message) => {
    const body = reviewBody('pod-create', request);
    expect(decodeReview(body)).toEqual({ kind: 'bad', uid: body.request.uid, message });
  });
});

const ALLOWED: AdmissionResponse = {
  allowed: true,
  code: 200,
  message: '',
  warnings: [],
  auditAnnotations: new Map(),
  patch: [],
};
const encode = (outcome: Partial<AdmissionResponse>): Body =>
  JSON.parse(encodeResponse('u-1', { ...ALLOWED, ...outcome }));

describe('encodeResponse', () => {
  test('writes an allow with the uid and nothing of the request', () => {
    expect(encodeResponse('u-1', ALLOWED)).toBe(
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u-1","allowed":true}}',
    );
  });

  test.each([
    [400, 'BadRequest'],
    [403, 'Forbidden'],
    [500, 'InternalError'],
  ] as const)('writes a refusal with code %i and reason %s', (code, reason) => {
    expect(encode({ allowed: false, code, message: 'because' }).response).toEqual({
      uid: 'u-1',
      allowed: false,
      status: { status: 'Failure', code, reason, message: 'because' },
    });
  });

  test('writes a patch as base64 of RFC 6902', () => {
    const { patchType, patch } = encode({ patch: [{ op: 'add', path: '/spec/x', value: 'é' }] }).response;
    expect([patchType, Buffer.from(patch, 'base64').toString()]).toEqual([
      'JSONPatch',
      '[{"op":"add","path":"/spec/x","value":"é"}]',
    ]);
  });

  test('writes no patch beside a refusal, and none that changes nothing', () => {
    expect(encode({ allowed: false, code: 403, patch: [{ op: 'remove', path: '/x' }] }).response.patch).toBeUndefined();
    expect(Object.keys(encode({}).response)).toEqual(['uid', 'allowed']);
  });

  test('writes warnings and annotations as they are', () => {
    const auditAnnotations = new Map([['mode', 'enforce']] as const);
    expect(encode({ warnings: ['a', 'b'], auditAnnotations }).response).toEqual({
      uid: 'u-1',
      allowed: true,
      warnings: ['a', 'b'],
      auditAnnotations: { mode: 'enforce' },
    });
  });
});
