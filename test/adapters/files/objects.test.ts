import { describe, expect, it } from 'vitest';
import { folder, read } from './folder.ts';

async function readText(text: string, name = 'a.yaml') {
  return read(await folder({ [name]: text }), [name]);
}

const pod = (name: string) => `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}}`;

describe('a file of documents', () => {
  it('gives each object with the document and the line where it starts', async () => {
    const text = `# first\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n---\n# b\n\n${pod('b')}\n...\n---\n${pod('c')}\n`;
    expect(await readText(text)).toEqual({
      files: 1,
      bytes: Buffer.byteLength(text),
      objects: ['a.yaml#0:3 Pod/a', 'a.yaml#2:10 Pod/b', 'a.yaml#3:13 Pod/c'],
      problems: [],
      messages: [],
    });
  });

  it('gives the good ones where others are broken', async () => {
    const { objects, problems } = await readText(
      `${pod('a')}\n---\na: [\n---\n${pod('b')}\n---\na: "\n---\n${pod('c')}\n`,
    );
    expect(objects).toEqual(['a.yaml#0:1 Pod/a', 'a.yaml#2:5 Pod/b', 'a.yaml#4:9 Pod/c']);
    expect(problems).toEqual(['error yaml-syntax a.yaml:4:1', 'error yaml-syntax a.yaml:8:1']);
  });

  it('reads with Windows line breaks and a byte order mark', async () => {
    const { objects, problems } = await readText(`\uFEFF${pod('a')}\r\n---\r\na: [\r\n---\r\n${pod('b')}\r\n`);
    expect(objects).toEqual(['a.yaml#0:1 Pod/a', 'a.yaml#2:5 Pod/b']);
    expect(problems).toEqual(['error yaml-syntax a.yaml:4:1']);
  });

  it('reads a stream of JSON values', async () => {
    const json = (name: string) => `{\n\t"apiVersion": "v1",\n\t"kind": "Pod",\n\t"metadata": {"name": "${name}"}\n}\n`;
    expect((await readText(json('a') + json('b'), 'a.json')).objects).toEqual(['a.json#0:1 Pod/a', 'a.json#1:6 Pod/b']);
  });

  it('is read up to the limit of documents, and says where it ends', async () => {
    const root = await folder({ 'a.yaml': `${pod('a')}\n---\n${pod('b')}\n---\n${pod('c')}\n` });
    expect(await read(root, [''], { maxDocuments: 2 })).toMatchObject({
      objects: ['a.yaml#0:1 Pod/a', 'a.yaml#1:3 Pod/b'],
      problems: ['error too-many-documents a.yaml:4:1'],
    });
  });

  it('may be nothing but line breaks, at any length', async () => {
    expect(await readText('#\n'.repeat(1_000_000))).toMatchObject({ foreignFiles: 1, objects: [], problems: [] });
  });

  it('reports a template once, and reads the documents that are no template', async () => {
    const text = `{{- if .x }}\n${pod('a')}\n---\nb: {{ .y }}\n---\n${pod('c')}\n---\n{{- end }}\n`;
    const { objects, problems, messages } = await readText(text);
    expect(objects).toEqual(['a.yaml#2:6 Pod/c']);
    expect(problems).toEqual(['error unrendered-template a.yaml:1:1']);
    expect(messages).toEqual([
      'this is a template that has not been rendered ("{{ … }}"): check the output of `helm template` instead',
    ]);
  });
});

describe('a List', () => {
  it('is taken apart, and Lists inside of it too', async () => {
    const text = `apiVersion: v1\nkind: List\nitems:\n- ${pod('a')}\n- kind: List\n  apiVersion: v1\n  items: [${pod('b')}]\n`;
    expect((await readText(text)).objects).toEqual(['a.yaml#0:1 items 0 Pod/a', 'a.yaml#0:1 items 1 items 0 Pod/b']);
  });

  it('of one kind lends its items their kind, as the API server leaves it out', async () => {
    const text = '{"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a"}}]}';
    expect((await readText(text)).objects).toEqual(['a.yaml#0:1 items 0 Pod/a']);
  });

  it.each([
    ['{apiVersion: v1, kind: List}', []],
    ['{apiVersion: v1, kind: List, items: null}', []],
    ['{apiVersion: v1, kind: PodList, items: []}', []],
    ['{apiVersion: v1, kind: List, items: 1}', ['error wrong-type a.yaml:1:30 items']],
    [`{apiVersion: v1, kind: List, items: [${pod('a')}, 1]}`, ['error not-an-object a.yaml:1:88 items[1]']],
    ['{apiVersion: v1, kind: List, items: [{a: 1}]}', ['error no-kind a.yaml:1:38 items[0]']],
    ['{apiVersion: v1, kind: List, items: [{kind: Pod}]}', ['error no-api-version a.yaml:1:38 items[0]']],
  ])('is judged item by item: %s', async (text, problems) => {
    expect((await readText(text)).problems).toEqual(problems);
  });

  it.each([
    [`{apiVersion: v1, kind: ConfigMap, data: {}, items: [${pod('a')}]}`, ['a.yaml#0:1 items 0 Pod/a'], 'warning'],
    ['{apiVersion: v1, kind: Pod, items: [{metadata: {name: a}}]}', ['a.yaml#0:1 items 0 Pod/a'], 'warning'],
    ['{apiVersion: v1, kind: Pod, metadata: {name: a}, items: []}', [], 'warning'],
    ['{apiVersion: v1, kind: Pod, metadata: {name: a}, items: null}', [], 'error'],
  ])('is whatever has items, as kubectl has it: %s', async (text, objects, severity) => {
    const read = await readText(text);
    expect(read.objects).toEqual(objects);
    expect(read.problems).toEqual([expect.stringMatching(`^${severity} items-make-a-list .* items$`)]);
  });

  it('is what has items: another kind with that ending is an object', async () => {
    expect((await readText('{apiVersion: x/v1, kind: AllowList, metadata: {name: a}, spec: {}}')).objects).toEqual([
      'a.yaml#0:1 AllowList/a',
    ]);
  });
});

describe('Helm values', () => {
  it.each([
    [
      `extraObjects:\n- ${pod('a')}\n- ${pod('b')}\n`,
      ['a.yaml#0:1 extraObjects 0 Pod/a', 'a.yaml#0:1 extraObjects 1 Pod/b'],
    ],
    [`extraObjects:\n  x: ${pod('a')}\n`, ['a.yaml#0:1 extraObjects x Pod/a']],
    [
      `extraObjects:\n- |\n  ${pod('a')}\n  ---\n  ${pod('b')}\n`,
      ['a.yaml#0:1 extraObjects 0 Pod/a', 'a.yaml#0:1 extraObjects 0 Pod/b'],
    ],
    [`extraObjects: |\n  ${pod('a')}\n`, ['a.yaml#0:1 extraObjects Pod/a']],
    [`extraObjects: ${pod('a')}\n`, ['a.yaml#0:1 extraObjects Pod/a']],
    [
      `extraObjects:\n- {apiVersion: v1, kind: List, items: [${pod('a')}]}\n`,
      ['a.yaml#0:1 extraObjects 0 items 0 Pod/a'],
    ],
  ])('give their extraObjects: %j', async (text, objects) => {
    expect(await readText(text)).toMatchObject({ objects, problems: [] });
  });

  it.each([
    ['extraObjects: [{apiVersion: 1, kind: Pod}]\n', ['error no-api-version a.yaml:1:17 extraObjects[0].apiVersion']],
    ['extraObjects: 1\n', ['error not-an-object a.yaml:1:1 extraObjects']],
    ['extraObjects:\n- 1\n', ['error not-an-object a.yaml:2:3 extraObjects[0]']],
    ['extraObjects:\n- {a: 1}\n', ['error no-kind a.yaml:2:3 extraObjects[0]']],
    ['extraObjects:\n- "a: {{ .x }}"\n', ['error unrendered-template a.yaml:2:3 extraObjects[0]']],
    ['extraObjects:\n- |\n  a: [\n', ['error yaml-syntax a.yaml:3:1 extraObjects[0]']],
    [
      'extraObjects:\n- {apiVersion: v1, kind: Pod, metadata: {name: "{{ .x }}"}}\n',
      ['error unrendered-template a.yaml:2:42 extraObjects[0].metadata.name'],
    ],
  ])('say what cannot be read: %j', async (text, problems) => {
    expect(await readText(text)).toMatchObject({ objects: [], problems });
  });
});

it.each(['image: {tag: 1}\nreplicas: 2\n', 'extraObjects: []\n', 'extraObjects: null\n', 'extraObjects: [""]\n'])(
  'Helm values without extraObjects are counted: %j',
  async text => {
    expect(await readText(text)).toMatchObject({ files: 0, foreignFiles: 1, objects: [], problems: [] });
  },
);

describe('a document that is no object', () => {
  it('is told beside objects: kubectl would refuse the file', async () => {
    const text = `${pod('a')}\n---\n- 1\n---\napiVersion: 1\nproviders: []\n---\nsome: text\n`;
    expect(await readText(text)).toMatchObject({
      objects: ['a.yaml#0:1 Pod/a'],
      problems: [
        'warning not-an-object a.yaml:3:1',
        'warning not-an-object a.yaml:5:1',
        'warning not-an-object a.yaml:8:1',
      ],
      messages: expect.arrayContaining(['this is no Kubernetes object, but a list: passed over']),
    });
  });
});

describe('an object', () => {
  it.each([
    ['[{apiVersion: v1, kind: Pod}]', 'error not-an-object a.yaml:1:1'],
    ['{"kind": "Pod", "spec": {"a": "\\/"}}', 'error no-api-version a.yaml:1:1'],
    ['kind: Pod\nspec: {}', 'error no-api-version a.yaml:1:1'],
    ['apiVersion: v1\nspec: {}', 'error no-kind a.yaml:1:1'],
    ['spec: {}\nkind: [Pod]\napiVersion: v1', 'error no-kind a.yaml:2:1 kind'],
    ['apiVersion: 1\nkind: Pod\nspec: {}', 'error no-api-version a.yaml:1:1 apiVersion'],
    ['apiVersion: ""\nkind: Pod\nspec: {}', 'error no-api-version a.yaml:1:1 apiVersion'],
    ['apiVersion: v1\nitems: [{kind: Pod}]', 'error no-kind a.yaml:1:1'],
    ['metadata: {name: a}\nspec: {}', 'error no-kind a.yaml:1:1'],
    [
      '{apiVersion: v1, kind: Pod, metadata: {namespace: "{{ .n }}"}}',
      'error unrendered-template a.yaml:1:40 metadata.namespace',
    ],
    [
      '{apiVersion: v1, kind: Pod, metadata: {labels: {"{{ .n }}": a}}}',
      'error unrendered-template a.yaml:1:49 metadata.labels["{{ .n }}"]',
    ],
    [
      '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, spec: {egress: [{to: ["{{ .x }}"]}]}}',
      'error unrendered-template a.yaml:1:79 spec.egress[0].to[0]',
    ],
  ])('must look like one: %s', async (text, problem) => {
    expect((await readText(text)).problems).toEqual([problem]);
  });

  it('may hold what looks like a template where it can be meant', async () => {
    const text =
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {x: "{{ y }}"}}, data: {z: "{{ $labels }}"}}';
    expect(await readText(text)).toMatchObject({ objects: ['a.yaml#0:1 ConfigMap/a'], problems: [] });
  });

  it('keeps labels that every JavaScript object inherits as its own', async () => {
    const text = '{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {constructor: x, __proto__: y}}}';
    expect(await readText(text)).toMatchObject({ objects: ['a.yaml#0:1 Pod/a'], problems: [] });
  });
});
