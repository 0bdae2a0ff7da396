import { describe, expect, test } from 'vitest';
import { buildHealthServer } from '../../../src/adapters/http/health.ts';
import type { AdmissionServerOptions } from '../../../src/adapters/http/server.ts';
import {
  type Body,
  closingPolicy,
  deployment,
  namespace,
  reviewBody,
  reviewText,
  testPolicy,
  worldOf,
} from '../../support/reviews.ts';
import { quietTelemetry, testServer } from '../../support/serving.ts';

const MIB = 1024 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };

async function post(
  payload: string | Buffer,
  headers: Record<string, string> = JSON_TYPE,
  url = '/validate?timeout=10s',
) {
  const { app } = testServer();
  const response = await app.inject({ method: 'POST', url, headers, payload });
  return { status: response.statusCode, headers: response.headers, body: response.json() as Body };
}

/** A harmless review of exactly so many bytes. */
function reviewOfSize(bytes: number): string {
  const sized = (length: number): string => {
    const body = reviewBody('configmap-create-proto');
    body.request.object.data.filler = 'x'.repeat(length);
    return JSON.stringify(body);
  };
  return sized(bytes - sized(0).length);
}

describe('POST /validate', () => {
  test('answers an allow', async () => {
    const { status, headers, body } = await post(reviewText('deployment-create-harmless'));
    expect([status, headers['content-type'], body.response.allowed]).toEqual([
      200,
      'application/json; charset=utf-8',
      true,
    ]);
    expect(Object.keys(body)).toEqual(['apiVersion', 'kind', 'response']);
  });

  test('answers a refusal with its uid', async () => {
    const { status, body } = await post(reviewText('deployment-create'));
    expect([status, body.response.uid, body.response.status.code]).toEqual([
      200,
      reviewBody('deployment-create').request.uid,
      403,
    ]);
  });

  test('takes a content type with a parameter', async () => {
    const { status } = await post(reviewText('pod-create'), { 'content-type': 'application/json; charset=utf-8' });
    expect(status).toBe(200);
  });

  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  const beta = JSON.stringify({ ...reviewBody('pod-create'), apiVersion: 'admission.k8s.io/v1beta1' });
  const bad: readonly (readonly [string, string | Buffer, number, string])[] = [
    ['an empty body', '', 400, 'the body is empty'],
    ['half a body', reviewText('pod-create').slice(0, 900), 400, 'the body is not JSON'],
    ['a body that is not JSON', 'kind: AdmissionReview', 400, 'the body is not JSON'],
    ['a body that is not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 400, 'the body is not UTF-8'],
    ['200,000 levels', deep, 413, 'the body is nested deeper than 10003 levels'],
    ['a million values', `[${'1,'.repeat(999_999)}1]`, 413, 'the body holds more than 400000 values'],
    ['v1beta1', beta, 400, 'apiVersion must be admission.k8s.io/v1'],
    ['no uid', JSON.stringify(reviewBody('pod-create', { uid: undefined })), 400, 'request.uid must be a text'],
  ];
  test.each(bad)('answers %s with its fault', async (_what, payload, expected, message) => {
    const { status, body } = await post(payload);
    expect(status).toBe(expected);
    expect(body.error).toContain(message);
  });

  test.each(['text/plain', 'application/yaml', 'application/json-patch+json'])('does not take %s', async type => {
    expect((await post(reviewText('pod-create'), { 'content-type': type })).status).toBe(415);
  });

  test('does not take a body without a content type', async () => {
    expect((await post(reviewText('pod-create'), {})).status).toBeGreaterThanOrEqual(400);
  });

  test('refuses an object that it cannot judge by the uid of the review', async () => {
    const { status, body } = await post(JSON.stringify(reviewBody('pod-create', { object: null })));
    expect([status, body.response.allowed, body.response.status]).toEqual([
      200,
      false,
      { status: 'Failure', code: 400, reason: 'BadRequest', message: 'request.object is required for CREATE' },
    ]);
  });

  test('judges an object of 10,000 levels, the most that an API server takes, without falling over', async () => {
    const text = reviewText('deployment-create').replace(
      '"status": {}',
      `"status": ${'['.repeat(9_999)}${']'.repeat(9_999)}`,
    );
    const { status, body } = await post(text);
    expect([status, body.response.allowed]).toEqual([200, false]);
  });

  test('takes __proto__ keys as data', async () => {
    expect((await post(reviewText('configmap-create-proto'))).body.response.allowed).toBe(true);
    const text = reviewText('deployment-create').replaceAll(
      '"app": "weather"',
      '"app": "weather", "__proto__": {"a": 1}',
    );
    expect((await post(text)).body.response.status.message).toContain(
      'spec.template.metadata.labels.__proto__: expected a string, got an object',
    );
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  test('takes a body just under 8 MiB, and none above', async () => {
    expect((await post(reviewOfSize(Math.floor(7.9 * MIB)))).status).toBe(200);
    expect((await post(reviewOfSize(8 * MIB))).status).toBe(200);
    const { status, headers } = await post(reviewOfSize(Math.ceil(8.1 * MIB)));
    expect([status, headers.connection]).toEqual([413, 'close']);
  });

  test('asks to come again where too many bytes are in flight', async () => {
    const { app } = testServer({ limits: { maxBytesInFlight: 1000, freeBytes: 0 } });
    const response = await app.inject({
      method: 'POST',
      url: '/validate',
      headers: JSON_TYPE,
      payload: reviewText('pod-create'),
    });
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '1']);
  });

  test('has the whole budget again after each body, whether it was taken or refused', async () => {
    const payload = reviewText('pod-create');
    const limits = { maxBytesInFlight: payload.length * 2, maxBytes: payload.length, freeBytes: 0 };
    const { app } = testServer({ limits });
    const send = async (text: string) =>
      (await app.inject({ method: 'POST', url: '/validate', headers: JSON_TYPE, payload: text })).statusCode;
    const statuses = [];
    for (let turn = 0; turn < 6; turn += 1) statuses.push(await send(payload), await send(`${payload} `));
    expect(statuses).toEqual(Array.from({ length: 6 }, () => [200, 413]).flat());
  });

  test('asks to come again where the gate is not ready to judge', async () => {
    const validate = async () =>
      ({
        allowed: false,
        code: 503,
        message: 'try again',
        warnings: [],
        auditAnnotations: new Map(),
        patch: [],
      }) as const;
    const { app } = testServer({ validate });
    const response = await app.inject({
      method: 'POST',
      url: '/validate',
      headers: JSON_TYPE,
      payload: reviewText('pod-create'),
    });
    expect([response.statusCode, response.headers['retry-after'], response.json()]).toEqual([
      503,
      '1',
      { error: 'try again' },
    ]);
  });

  test('answers 500 and counts a bug where the reviewer fails', async () => {
    const bugs: unknown[] = [];
    const telemetry = { ...quietTelemetry, bug: (_uid: string, error: unknown) => bugs.push(error) };
    const { app } = testServer({ telemetry, validate: async () => Promise.reject(new Error('broken')) });
    const response = await app.inject({
      method: 'POST',
      url: '/validate',
      headers: JSON_TYPE,
      payload: reviewText('pod-create'),
    });
    expect([response.statusCode, response.json(), bugs.length]).toEqual([500, { error: 'internal error' }, 1]);
  });

  test.each([
    ['', 9500],
    ['?timeout=3s', 2500],
    ['?x=1&timeout=1s', 500],
    ['?timeout=9999s', 29_500],
    ['?timeout=0s', 100],
    ['?timeout=3', 9500],
    ['?timeout=-3s', 9500],
  ])('gives an answer to %s %i ms', async (query, expected) => {
    const deadlines: number[] = [];
    const validate: AdmissionServerOptions['validate'] = async (_review, deadlineMs) => {
      deadlines.push(deadlineMs);
      return { allowed: true, code: 200, message: '', warnings: [], auditAnnotations: new Map(), patch: [] };
    };
    const { app } = testServer({ validate });
    await app.inject({
      method: 'POST',
      url: `/validate${query}`,
      headers: JSON_TYPE,
      payload: reviewText('pod-create'),
    });
    expect(deadlines).toEqual([expected]);
  });
});

describe('POST /mutate', () => {
  test('answers a patch that adds the gate', async () => {
    const { app } = testServer({
      policy: testPolicy({ absentPolicy: 'create' }),
      world: worldOf(namespace(), deployment()),
    });
    const response = await app.inject({
      method: 'POST',
      url: '/mutate',
      headers: JSON_TYPE,
      payload: reviewText('pod-create-mutating-phase'),
    });
    const { allowed, patch } = response.json().response;
    expect([allowed, JSON.parse(Buffer.from(patch, 'base64').toString())]).toEqual([
      true,
      [{ op: 'add', path: '/spec/schedulingGates', value: [{ name: 'chokepoint.dev/network-policy' }] }],
    ]);
  });

  test('never refuses what /validate is to judge', async () => {
    const { app } = testServer({ world: worldOf(namespace(), deployment(), closingPolicy()) });
    const response = await app.inject({
      method: 'POST',
      url: '/mutate',
      headers: JSON_TYPE,
      payload: reviewText('networkpolicy-delete'),
    });
    expect(response.json().response).toEqual({ uid: reviewBody('networkpolicy-delete').request.uid, allowed: true });
  });
});

test.each([
  ['GET', '/validate'],
  ['PUT', '/validate'],
  ['POST', '/'],
  ['GET', '/healthz'],
  ['POST', '/validate/x'],
] as const)('%s %s is not there', async (method, url) => {
  const { app } = testServer();
  expect((await app.inject({ method, url })).statusCode).toBe(404);
});

test('a draining server answers as ever and closes each connection', async () => {
  const server = testServer();
  server.beginDrain();
  const response = await server.app.inject({
    method: 'POST',
    url: '/validate',
    headers: JSON_TYPE,
    payload: reviewText('deployment-create-harmless'),
  });
  expect([response.statusCode, response.headers.connection]).toEqual([200, 'close']);
});

describe('the health server', () => {
  const build = (ok: boolean) =>
    buildHealthServer({
      checks: () => ({ world: { ok, detail: { objects: 3 } }, policy: { ok: true, detail: { lastError: '' } } }),
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
    });

  test('is alive whether or not it is ready', async () => {
    const response = await build(false).inject('/healthz');
    expect([response.statusCode, response.body]).toEqual([200, 'ok']);
  });

  test.each([
    [true, 200],
    [false, 503],
  ])('is ready where every check is ok (%s: %i), and tells each', async (ok, status) => {
    const response = await build(ok).inject('/readyz');
    expect([response.statusCode, response.json()]).toEqual([
      status,
      { ready: ok, checks: { world: { ok, detail: { objects: 3 } }, policy: { ok: true, detail: { lastError: '' } } } },
    ]);
  });

  test('shows the metrics', async () => {
    const response = await build(true).inject('/metrics');
    expect([response.statusCode, response.body]).toEqual([200, 'up 1\n']);
  });
});
