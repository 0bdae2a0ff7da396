import { describe, expect, it } from 'vitest';
import type { ApiAnswer, ApiRequest, Client } from '../../../src/adapters/kubernetes/client/client.ts';
import { createCertificateStore } from '../../../src/adapters/kubernetes/writes/certificate-store.ts';
import type { StoredSecret, WebhookTrust } from '../../../src/app/certificates/types.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'chokepoint-ca',
    namespace: 'ops',
    resourceVersion: '7',
    labels: { team: 'a' },
    annotations: { 'chokepoint.dev/rotate': 'now', note: 'kept' },
  },
  type: 'Opaque',
  data: { 'ca.crt': btoa('old'), note: btoa('kept') },
};
const service = (name: string, namespace = 'ops') => ({ service: { name, namespace, path: '/validate' } });
const CONFIGURATION = {
  metadata: { name: 'chokepoint', resourceVersion: '9' },
  webhooks: [
    { name: 'ours', clientConfig: { ...service('chokepoint'), caBundle: btoa('A') } },
    { name: 'ours-unfilled', clientConfig: service('chokepoint') },
    { name: 'of-another-service', clientConfig: { ...service('other'), caBundle: btoa('A') } },
    { name: 'of-another-namespace', clientConfig: service('chokepoint', 'team') },
    { name: 'by-address', clientConfig: { url: 'https://127.0.0.1/' } },
    { name: 'constructor', clientConfig: { service: null } },
  ],
};
const TRUST: WebhookTrust = {
  kind: 'ValidatingWebhookConfiguration',
  resourceVersion: '9',
  injectedFrom: '',
  webhooks: [{ name: 'ours', caBundle: 'A' }],
};
const ok = (body: unknown): ApiAnswer => ({ status: 200, retryAfterMs: undefined, body });
const said = (status: number, message: string): ApiAnswer => ({
  status,
  retryAfterMs: undefined,
  body: { kind: 'Status', message },
});

/** A store whose requests are answered so, and the requests. */
function storeOver(answer: (request: ApiRequest) => ApiAnswer) {
  const requests: ApiRequest[] = [];
  const client: Client = {
    request: async request => {
      requests.push(request);
      return answer(request);
    },
    stream: () => Promise.reject(new Error('nothing is watched')),
    close: () => undefined,
  };
  const name = { namespace: 'ops', name: 'chokepoint' };
  const { signal } = new AbortController();
  return { requests, store: createCertificateStore(client, createFakeTime(), name, 'chokepoint', signal) };
}

const textOf = ({ method, path }: ApiRequest): string => `${method} ${path.join('/')}`;

describe('The store of certificates', () => {
  it('reads two Secrets and two configurations, each by its name', async () => {
    const { store, requests } = storeOver(({ path }) => ok(path.includes('secrets') ? SECRET : CONFIGURATION));
    const { authority, configurations } = await store.read();
    expect(requests.map(textOf).sort()).toEqual([
      'GET api/v1/namespaces/ops/secrets/chokepoint-ca',
      'GET api/v1/namespaces/ops/secrets/chokepoint-tls',
      'GET apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/chokepoint',
      'GET apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/chokepoint',
    ]);
    expect(authority).toEqual({
      kind: 'found',
      value: {
        resourceVersion: '7',
        data: new Map([
          ['ca.crt', 'old'],
          ['note', 'kept'],
        ]),
        annotations: new Map([
          ['chokepoint.dev/rotate', 'now'],
          ['note', 'kept'],
        ]),
        object: SECRET,
      },
    });
    expect(configurations.get('ValidatingWebhookConfiguration chokepoint')).toEqual({
      kind: 'found',
      value: {
        ...TRUST,
        webhooks: [
          { name: 'ours', caBundle: 'A' },
          { name: 'ours-unfilled', caBundle: '' },
        ],
      },
    });
  });

  it('reads a Secret without data', async () => {
    const metadata = { name: 'chokepoint-tls', resourceVersion: '1' };
    const { store } = storeOver(() => ok({ metadata, type: 'Opaque' }));
    expect((await store.read()).serving).toMatchObject({ value: { data: new Map(), annotations: new Map() } });
  });

  it('reads whether cert-manager fills a configuration', async () => {
    const annotations = { 'cert-manager.io/inject-ca-from': 'ops/chokepoint' };
    const { store } = storeOver(() => ok({ metadata: { resourceVersion: '1', annotations } }));
    const { configurations } = await store.read();
    expect([...configurations.values()]).toMatchObject([
      { value: { injectedFrom: 'ops/chokepoint', webhooks: [] } },
      { value: { injectedFrom: 'ops/chokepoint', webhooks: [] } },
    ]);
  });

  it.each<readonly [string, ApiAnswer, object]>([
    ['absent', said(404, 'not found'), { kind: 'absent' }],
    ['forbidden', said(403, 'secrets "x" is forbidden'), { kind: 'unknown', message: 'secrets "x" is forbidden' }],
    [
      'an answer without words',
      { status: 500, retryAfterMs: undefined, body: undefined },
      { kind: 'unknown', message: 'status 500' },
    ],
  ])('tells of what is %s', async (_what, answer, expected) => {
    const { authority, serving, configurations } = await storeOver(() => answer).store.read();
    expect([authority, serving, ...configurations.values()]).toEqual(Array(4).fill(expected));
  });

  it('updates a Secret as it was read, and leaves what is not ours', async () => {
    const { store, requests } = storeOver(() => ok({ ...SECRET, metadata: { resourceVersion: '8' } }));
    const secret: StoredSecret = { resourceVersion: '7', data: new Map(), annotations: new Map(), object: SECRET };
    const change = { data: new Map([['ca.crt', 'new']]), without: 'chokepoint.dev/rotate' };
    expect(await store.updateSecret(secret, change)).toEqual({ kind: 'done' });
    expect(requests.map(textOf)).toEqual(['PUT api/v1/namespaces/ops/secrets/chokepoint-ca']);
    expect(requests[0]?.body).toEqual({
      ...SECRET,
      metadata: { ...SECRET.metadata, annotations: { note: 'kept' } },
      data: { 'ca.crt': btoa('new'), note: btoa('kept') },
    });
  });

  it('patches the bundles of the webhooks that it is told, if nobody was faster', async () => {
    const { store, requests } = storeOver(() => ok(CONFIGURATION));
    expect(await store.trust(TRUST, 'B')).toEqual({ kind: 'done' });
    expect(requests.map(textOf)).toEqual([
      'PATCH apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/chokepoint',
    ]);
    expect(requests[0]).toMatchObject({
      contentType: 'application/strategic-merge-patch+json',
      body: {
        metadata: { resourceVersion: '9' },
        webhooks: [{ name: 'ours', clientConfig: { caBundle: btoa('B') } }],
      },
    });
  });

  it.each<readonly [ApiAnswer, object]>([
    [said(409, 'changed'), { kind: 'conflict' }],
    [said(403, 'forbidden'), { kind: 'failed', message: 'forbidden' }],
    [said(404, 'not found'), { kind: 'failed', message: 'the object is gone' }],
    [said(422, 'data is immutable'), { kind: 'failed', message: 'data is immutable' }],
  ])('says what became of a write', async (answer, expected) => {
    expect(await storeOver(() => answer).store.trust(TRUST, 'B')).toEqual(expected);
  });
});
