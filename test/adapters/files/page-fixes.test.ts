import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyFixes } from '../../../src/adapters/files/apply-fixes.ts';
import { createWritePlaces } from '../../../src/adapters/system/write-place.ts';
import { planFixes } from '../../../src/app/report/fix.ts';
import { type Folder, temporaryFolder } from '../../cli/run.ts';
import { judgeFiles, pageOf, samplePolicy } from '../../page/page-of.ts';
import { server } from '../../page/samples.ts';

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8');

/** A policy that leaves something open in two places, with a document behind it. */
const OPEN_TWICE = `${server('shop', 'orders')}---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: orders, namespace: shop}
spec:
  podSelector: {matchLabels: {app: orders}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}
      podSelector: {matchLabels: {app.kubernetes.io/name: envoy}}
    ports: [{protocol: TCP, port: 8080}]
  egress:
  - to:
    - ipBlock:
        cidr: 0.0.0.0/0
  - to:
    - ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: behind, namespace: shop}
`;

test.each([
  ['\\n', OPEN_TWICE],
  ['\\r\\n', OPEN_TWICE.replaceAll('\n', '\r\n')],
])('The one diff of a file with %s makes of it what --fix makes of it', async (_lineBreak, text) => {
  const file = 'm/all.yaml';
  const { details } = await pageOf({ [file]: text });
  const fixes = details.flatMap(detail => detail.fixes);
  expect(fixes.map(({ title }) => title)).toEqual([
    expect.stringMatching(/^NetworkPolicy shop\/orders, spec\.egress\[0\].+, spec\.egress\[1\]/),
  ]);
  folder.write(file, text);
  execFileSync('git', ['apply', '-'], { cwd: folder.path, input: fixes[0]?.diff ?? '' });
  const applied = read(file);
  folder.write(file, text);
  const absolute = join(folder.path, file);
  const plan = planFixes([judgeFiles({ [absolute]: text })], samplePolicy());
  applyFixes(plan, createWritePlaces(folder.path, [folder.path]));
  expect(applied).toBe(read(file));
  expect(applied).not.toBe(text);
});

test('A policy that is added goes into the file that --fix writes', async () => {
  const { details } = await pageOf({ 'm/server.yaml': server('shop', 'orders') });
  const [fix] = details.flatMap(detail => detail.fixes);
  expect(fix?.title).toMatch(/^new: NetworkPolicy shop\/orders/);
  expect(fix?.diff).toMatch(/^--- \/dev\/null\n\+\+\+ b\/m\/server\.networkpolicy\.yaml\n@@ -0,0 \+1,/);
});
