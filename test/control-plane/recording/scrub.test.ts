import { expect, test } from 'vitest';
import { scrubBody } from './scrub.ts';

const ONE = '705ab4f5-6393-41e8-b7cc-42010a800008';
const OTHER = '8c8f6b7e-0a33-4f6e-9f59-94b7b3d60001';
const [FIRST, SECOND] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];

test.each([
  { what: 'equal uids stay equal', body: { a: ONE, b: OTHER, c: ONE }, scrubbed: { a: FIRST, b: SECOND, c: FIRST } },
  { what: 'times', body: { at: '2026-11-02T09:14:32Z' }, scrubbed: { at: '2026-01-01T00:00:00Z' } },
  { what: 'finer times', body: { at: '2026-11-02T09:14:32.123456Z' }, scrubbed: { at: '2026-01-01T00:00:00.000000Z' } },
  { what: 'resource versions', body: { resourceVersion: '4711' }, scrubbed: { resourceVersion: '101' } },
  { what: 'a token volume', body: { name: 'kube-api-access-x7k2p' }, scrubbed: { name: 'kube-api-access-bbbb2' } },
  {
    what: 'generated names, wherever they stand',
    body: { generateName: 'web-', name: 'web-x2k9p', other: 'web-x2k9d', longer: 'web-x2k9pq' },
    scrubbed: { generateName: 'web-', name: 'web-bbbb2', other: 'web-bbbb3', longer: 'web-x2k9pq' },
  },
  {
    what: 'managed fields, which the API server sorts by time',
    body: { managedFields: [{ manager: 'kubectl' }, { manager: 'controller' }] },
    scrubbed: { managedFields: [{ manager: 'controller' }, { manager: 'kubectl' }] },
  },
  { what: 'what a person wrote', body: { name: 'web', replicas: 3 }, scrubbed: { name: 'web', replicas: 3 } },
])('scrubs $what', ({ body, scrubbed }) => {
  expect(JSON.parse(scrubBody(JSON.stringify(body)))).toEqual(scrubbed);
});
