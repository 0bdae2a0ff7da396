import { expect, test } from 'vitest';
import { createReportStore } from '../../../src/adapters/kubernetes/writes/report-store.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

const { signal } = new AbortController();
const SUMMARY = { pass: 1, fail: 0, warn: 0, error: 0, skip: 0 };
const REPORT = { namespace: 'shop', summary: SUMMARY, results: [] };
const storeOver = (client: ReturnType<typeof scriptedClient>) => createReportStore(client, createFakeTime());

test.each([
  [
    'openreports',
    ['apis', 'openreports.io', 'v1alpha1', 'namespaces', 'shop', 'reports', 'chokepoint'],
    { kind: 'Report', source: 'chokepoint', configuration: { limits: { maxResults: 500 } } },
  ],
  [
    'wgpolicy',
    ['apis', 'wgpolicyk8s.io', 'v1alpha2', 'namespaces', 'shop', 'policyreports', 'chokepoint'],
    { kind: 'PolicyReport' },
  ],
] as const)('%s: a report is applied by our field manager, never by force', async (api, path, body) => {
  const client = scriptedClient(() => answerOf({}, 201));
  await storeOver(client).write(api, REPORT, signal);
  const labels = { 'app.kubernetes.io/managed-by': 'chokepoint' };
  expect(client.requests).toEqual([
    {
      method: 'PATCH',
      path,
      query: { fieldManager: 'chokepoint' },
      contentType: 'application/apply-patch+yaml',
      body: {
        apiVersion: `${path[1]}/${path[2]}`,
        ...body,
        metadata: { name: 'chokepoint', namespace: 'shop', labels },
        summary: SUMMARY,
        results: [],
      },
      signal,
      deadlineMs: expect.any(Number),
    },
  ]);
});

test('a namespace that is gone is none of its business; anything else is an error that names the report', async () => {
  const store = storeOver(scriptedClient(() => answerOf({ message: 'gone' }, 404)));
  await store.write('openreports', REPORT, signal);
  await store.remove('openreports', 'shop', signal);
  const refusing = storeOver(scriptedClient(() => answerOf({ message: 'forbidden' }, 403)));
  await expect(refusing.write('openreports', REPORT, signal)).rejects.toThrow(
    'reports.openreports.io cannot be written: shop/chokepoint: forbidden',
  );
  await expect(refusing.list('wgpolicy', signal)).rejects.toThrow('policyreports.wgpolicyk8s.io cannot be listed');
});

test('our reports are listed by their metadata alone, page by page', async () => {
  const page = (names: readonly string[], next: string) =>
    answerOf({
      metadata: { continue: next },
      items: names.map(name => ({ metadata: { name, namespace: `in-${name}` } })),
    });
  const client = scriptedClient(({ query }) =>
    query?.continue === 'more' ? page(['chokepoint'], '') : page(['chokepoint', 'other'], 'more'),
  );
  expect(await storeOver(client).list('openreports', signal)).toEqual(['in-chokepoint', 'in-chokepoint']);
  expect(client.requests[0]).toMatchObject({
    query: { labelSelector: 'app.kubernetes.io/managed-by=chokepoint', limit: '500' },
    accept: expect.stringContaining('PartialObjectMetadataList'),
  });
});

const GROUPS: Readonly<Record<string, readonly [version: string, kind: string, plural: string]>> = {
  'openreports.io': ['v1alpha1', 'Report', 'reports'],
  'wgpolicyk8s.io': ['v1alpha2', 'PolicyReport', 'policyreports'],
};

test.each([
  [[], []],
  [['wgpolicyk8s.io'], ['wgpolicy']],
  [
    ['wgpolicyk8s.io', 'openreports.io'],
    ['openreports', 'wgpolicy'],
  ],
])('of the groups %j those are served that are known', async (groups, served) => {
  const client = scriptedClient(({ path }) => {
    const [, group = ''] = path;
    const versionsOf = (name: string) => ({ name, versions: [{ version: GROUPS[name]?.[0] }] });
    if (group === '') return answerOf({ groups: groups.map(versionsOf) });
    const [, kind, name] = GROUPS[group] ?? [];
    return answerOf({ resources: [{ kind, name }] });
  });
  expect(await storeOver(client).served(signal)).toEqual(served);
});

test('a version that is not known is not written to', async () => {
  const client = scriptedClient(({ path }) =>
    path.length === 1
      ? answerOf({ groups: [{ name: 'openreports.io', versions: [{ version: 'v9' }] }] })
      : answerOf({ resources: [{ kind: 'Report', name: 'reports' }] }),
  );
  expect(await storeOver(client).served(signal)).toEqual([]);
});
