import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocator } from '../../../src/adapters/files/locate.ts';
import { readManifests } from '../../../src/adapters/files/read.ts';
import { folder } from './folder.ts';

const stdin = async () => Buffer.alloc(0);

async function readOne(text: string) {
  const root = await folder({ 'a.yaml': text });
  const { manifests } = await readManifests([root], { stdin });
  const locator = createLocator();
  /** `line:column` of a field of a manifest. */
  const locate = (field: string, manifest = 0): string => {
    const found = manifests[manifest];
    if (found === undefined) return 'no such manifest';
    const { line, column } = locator.locate(found, field);
    return `${line}:${column}`;
  };
  return { root, locate, manifests, locator };
}

const POLICY = `# a policy
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: p
  labels: {"app.kubernetes.io/name": x, 1: one, on: 'off'}
spec:
  egress:
  - to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
        - 10.0.0.0/8
        - "10.1.0.0/16"
    -
  - {to: [], ports: [{port: 1}]}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
- {apiVersion: v1, kind: Pod, spec: {nodeName: n}}
`;

describe('the position of a field', () => {
  it.each([
    ['', '3:1'],
    ['kind', '4:1'],
    ['metadata.name', '6:3'],
    ['metadata.labels["app.kubernetes.io/name"]', '7:12'],
    ['metadata.labels["1"]', '7:41'],
    ['metadata.labels.true', '7:49'],
    ['spec.egress[0]', '10:5'],
    ['spec.egress[0].to[0].ipBlock.cidr', '12:9'],
    ['spec.egress[0].to[0].ipBlock.except', '13:9'],
    ['spec.egress[0].to[0].ipBlock.except[0]', '14:11'],
    ['spec.egress[0].to[0].ipBlock.except[1]', '15:11'],
    ['spec.egress[1].ports[0].port', '17:23'],
  ])('is that of its key or its item: %s', async (field, place) => {
    expect((await readOne(POLICY)).locate(field)).toBe(place);
  });

  it.each([
    ['metadata.annotations.x', '5:1'],
    ['spec.egress[0].to[0].ipBlock.except[9]', '13:9'],
    ['spec.egress[0].to[1]', '10:5'],
    ['spec.egress[7].to', '9:3'],
    ['spec.constructor', '8:1'],
    ['kind.deeper[3]', '4:1'],
    ['not a [path', '3:1'],
  ])('that is absent is that of its nearest ancestor: %s', async (field, place) => {
    expect((await readOne(POLICY)).locate(field)).toBe(place);
  });

  it('is found in later documents and in Lists', async () => {
    const { locate } = await readOne(POLICY);
    expect([locate('', 1), locate('kind', 1), locate('', 2), locate('spec.nodeName', 2)]).toEqual([
      '22:3',
      '23:3',
      '24:3',
      '24:38',
    ]);
  });

  it('is found in Helm values, inside of texts as far as the text', async () => {
    const { locate } = await readOne(
      'extraObjects:\n  x: {apiVersion: v1, kind: Pod, spec: {a: 1}}\n  "y.z": |\n    apiVersion: v1\n    kind: Pod\n',
    );
    expect([locate('spec.a'), locate('kind', 1)]).toEqual(['2:41', '3:3']);
  });

  it('of what an alias or a merge brings is where it was written', async () => {
    const { locate } = await readOne(`apiVersion: v1
kind: Pod
x: &x
  a: {b: 1}
  c: 1
v: *x
z: {<<: *x, c: 2}
w: {c: 2, <<: [{d: 1}, *x]}
`);
    expect(['v', 'v.a.b', 'z.a', 'z.c', 'w.c', 'w.d', 'w.e'].map(field => locate(field))).toEqual([
      '6:1',
      '4:7',
      '4:3',
      '7:13',
      '5:3',
      '8:17',
      '8:1',
    ]);
  });

  it('counts lines of the file where line breaks are of Windows', async () => {
    const { locate } = await readOne('\uFEFFapiVersion: v1\r\nkind: Pod\r\nspec:\r\n  a: 1\r\n');
    expect(locate('spec.a')).toBe('4:3');
  });

  it('is the line of the manifest where the file is gone or is no longer the same', async () => {
    const { root, manifests } = await readOne(POLICY);
    const [first, second] = manifests;
    await writeFile(join(root, 'a.yaml'), 'a: [');
    expect(first && createLocator().locate(first, 'kind')).toEqual({ line: 3, column: 1 });
    await rm(join(root, 'a.yaml'));
    expect(second && createLocator().locate(second, 'kind')).toEqual({ line: 19, column: 1 });
  });

  it('in standard input is found in the text that was kept', async () => {
    const { manifests, texts } = await readManifests(['-'], { stdin: async () => Buffer.from(POLICY) });
    const [first] = manifests;
    expect(first && createLocator(texts).locate(first, 'spec.egress')).toEqual({ line: 9, column: 3 });
  });
});
