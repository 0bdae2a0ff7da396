import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { editText } from '../../../src/adapters/files/edit.ts';
import type { FileEdit } from '../../../src/app/report/file-edit.ts';
import type { GeneratedPolicy } from '../../../src/app/report/generate.ts';
import type { PathSegment } from '../../../src/core/field-path.ts';

const OBJECT = { kind: 'NetworkPolicy', namespace: 'default', name: 'server' };

function excepts(blocks: readonly string[], at: Partial<FileEdit> & { path?: string } = {}): FileEdit {
  return {
    kind: 'add-excepts',
    object: OBJECT,
    document: 0,
    pointer: [],
    path: 'spec.egress[0].to[0].ipBlock.except',
    blocks,
    ...at,
  } as FileEdit;
}

const HEAD = 'kind: NetworkPolicy\nmetadata: {name: server}\nspec:\n  egress:\n';
const META = '169.254.169.254/32';

/** Each case: the peer part of the file, before and after. */
const CASES: readonly (readonly [title: string, before: string, after: string])[] = [
  [
    'behind the last entry and its comment',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0 # all\n        except:   # inside\n        - 10.0.0.0/8   # pods\n    ports: []\n',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0 # all\n        except:   # inside\n        - 10.0.0.0/8   # pods\n        - 169.254.169.254/32\n    ports: []\n',
  ],
  [
    'at the indentation of the list',
    '    - to:\n        - ipBlock:\n            cidr: 0.0.0.0/0\n            except:\n                - 10.0.0.0/8\n',
    '    - to:\n        - ipBlock:\n            cidr: 0.0.0.0/0\n            except:\n                - 10.0.0.0/8\n                - 169.254.169.254/32\n',
  ],
  [
    'in the quotes of the other entries',
    `  - to:\n    - ipBlock:\n        cidr: "0.0.0.0/0"\n        except:\n        - '10.0.0.0/8'\n`,
    `  - to:\n    - ipBlock:\n        cidr: "0.0.0.0/0"\n        except:\n        - '10.0.0.0/8'\n        - '169.254.169.254/32'\n`,
  ],
  [
    'where the file has no line break at its end',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except:\n        - 10.0.0.0/8',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except:\n        - 10.0.0.0/8\n        - 169.254.169.254/32',
  ],
  [
    'into a list in brackets',
    '  - to:\n    - ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, "1.0.0.0/8"]} # one line\n',
    '  - to:\n    - ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, "1.0.0.0/8", "169.254.169.254/32"]} # one line\n',
  ],
  [
    'into a list in brackets that ends with a comma',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except: [\n          10.0.0.0/8,\n        ]\n',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except: [\n          10.0.0.0/8,\n          169.254.169.254/32,\n        ]\n',
  ],
  [
    'into an empty list',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except: [ ]\n',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except: [169.254.169.254/32 ]\n',
  ],
  [
    'where nothing stands behind the key',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except: # none yet\n',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except: [169.254.169.254/32] # none yet\n',
  ],
  [
    'in the place of null',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except: null # none\n',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except: [169.254.169.254/32] # none\n',
  ],
  [
    'as a new list behind cidr',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0 # all\n    # behind\n  - {}\n',
    '  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0 # all\n        except:\n        - 169.254.169.254/32\n    # behind\n  - {}\n',
  ],
  [
    'as a new list that is indented as the list of peers is',
    '    - to:\n        - ipBlock:\n            cidr: 0.0.0.0/0\n',
    '    - to:\n        - ipBlock:\n            cidr: 0.0.0.0/0\n            except:\n              - 169.254.169.254/32\n',
  ],
  [
    'as a new list in braces',
    '  - {to: [{ipBlock: {cidr: 0.0.0.0/0}}]}\n',
    '  - {to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}\n',
  ],
  [
    'as a new list in braces over several lines',
    '  - to:\n    - ipBlock: {\n        cidr: 0.0.0.0/0\n      }\n',
    '  - to:\n    - ipBlock: {\n        cidr: 0.0.0.0/0,\n        except: [\n          169.254.169.254/32\n        ]\n      }\n',
  ],
  [
    'not twice',
    '  - to:\n    - ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}\n',
    '  - to:\n    - ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}\n',
  ],
];

/** Each case: the block in flow style, before and after. */
const COMMENTED: readonly (readonly [title: string, before: string, after: string])[] = [
  [
    'a comma',
    `except: [\n        10.0.0.0/8, # pods\n        192.168.0.0/16,   # last\n      ]`,
    `except: [\n        10.0.0.0/8, # pods\n        192.168.0.0/16,   # last\n        ${META},\n      ]`,
  ],
  [
    'no comma',
    `except: [\n        10.0.0.0/8, # pods\n        192.168.0.0/16   # last\n      ]`,
    `except: [\n        10.0.0.0/8, # pods\n        192.168.0.0/16,   # last\n        ${META}\n      ]`,
  ],
];

describe('adding excepts', () => {
  it.each(COMMENTED)('leaves a comment with the item that it stands behind, after %s', (_title, before, after) => {
    const text = (list: string) => `${HEAD}  - to:\n    - ipBlock: {cidr: 0.0.0.0/0, ${list}}\n`;
    expect(editText(text(before), [excepts([META])])).toMatchObject({ text: text(after), refused: [] });
  });

  it('leaves the comment of a cidr there too', () => {
    const text = (more: string) => `${HEAD}  - to:\n    - ipBlock: {\n        cidr: 0.0.0.0/0, # all\n${more}      }\n`;
    const after = text(`        except: [\n            ${META}\n        ],\n`);
    const edited = editText(text(''), [excepts([META])]);
    expect(edited.refused).toEqual([]);
    expect(edited.text.replace(/ +(?=169)/, '            ')).toBe(after);
  });

  it.each(CASES)('puts them %s', (_title, before, after) => {
    const edited = editText(HEAD + before, [excepts([META])]);
    expect(edited).toEqual({ text: HEAD + after, done: before === after ? [] : [excepts([META])], refused: [] });
    expect(editText(edited.text, [excepts([META])]).text).toBe(edited.text);
  });

  it('quotes an IPv6 block in brackets, where readers differ about colons', () => {
    const { text } = editText(`${HEAD}  - {to: [{ipBlock: {cidr: "::/0", except: [fc00::/7]}}]}\n`, [
      excepts(['::1/128', 'fe80::/10']),
    ]);
    expect(text).toBe(`${HEAD}  - {to: [{ipBlock: {cidr: "::/0", except: [fc00::/7, "::1/128", "fe80::/10"]}}]}\n`);
  });

  it('edits several documents and items, and leaves all others as they are', () => {
    const policy = '  - to: [{ipBlock: {cidr: 0.0.0.0/0}}]\n';
    const item =
      '- kind: NetworkPolicy\n  metadata: {name: server}\n  spec: {egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}\n';
    const other = '# a comment\n--- # first\n\n...\n---\nunread:   {a:  b}\n';
    const before = `${other}---\n${HEAD}${policy}---\nkind: List\nitems:\n- kind: X\n${item}`;
    const { text, refused } = editText(before, [
      excepts([META], { document: 2 }),
      excepts([META], { document: 3, pointer: ['items', 1] }),
    ]);
    expect(refused).toEqual([]);
    expect(text).toBe(before.replaceAll('{cidr: 0.0.0.0/0}', '{cidr: 0.0.0.0/0, except: [169.254.169.254/32]}'));
  });

  it('keeps a byte order mark and each line break', () => {
    const body = `${HEAD}  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n`;
    const mixed = `\uFEFF${body.replaceAll('\n', '\r\n').replace('\r\n', '\n')}`;
    const { text } = editText(`\uFEFF${body.replaceAll('\n', '\r\n')}`, [excepts([META])]);
    expect(text).toBe(`\uFEFF${body}        except:\n        - ${META}\n`.replaceAll('\n', '\r\n'));
    expect(editText(mixed, [excepts([META])]).text).toBe(
      `${mixed.slice(0, -2)}\n        except:\n        - ${META}\r\n`,
    );
  });

  const json = {
    kind: 'NetworkPolicy',
    metadata: { name: 'server' },
    spec: { egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] },
  };
  const wider = {
    ...json,
    spec: { egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', META] } }] }] },
  };

  it.each([2, 4, '\t', 0])('writes JSON as JSON.stringify with indentation %j would', indent => {
    const before = JSON.stringify(json, null, indent);
    const { text } = editText(before, [excepts(['10.0.0.0/8', META])]);
    expect(text).toBe(JSON.stringify(wider, null, indent));
    const more = {
      ...json,
      spec: { egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', META, '1.0.0.0/8'] } }] }] },
    };
    expect(editText(text, [excepts(['1.0.0.0/8'])]).text).toBe(JSON.stringify(more, null, indent));
  });
});

describe('what is not edited', () => {
  const SHARED = 'it is shared with other places (a YAML anchor): change it by hand';
  const CASES: readonly (readonly [
    title: string,
    text: string,
    at: { pointer?: PathSegment[]; document?: number },
    reason: string,
  ])[] = [
    ['an alias', `a: &a {cidr: 0.0.0.0/0}\n${HEAD}  - to: [{ipBlock: *a}]\n`, {}, SHARED],
    ['what an alias refers to', `${HEAD}  - to: [{ipBlock: &a {cidr: 0.0.0.0/0}}, {ipBlock: *a}]\n`, {}, SHARED],
    ['a shared list', `${HEAD}  - to: [{ipBlock: {cidr: 0.0.0.0/0, except: &e [10.0.0.0/8]}}, *e]\n`, {}, SHARED],
    [
      'what a merge brings',
      `${HEAD}  - to: [{ipBlock: {<<: {cidr: 0.0.0.0/0}}}]\n`,
      {},
      'the block is not written out in the file: change it by hand',
    ],
    [
      'an object inside a text',
      'extraObjects:\n- |\n  kind: NetworkPolicy\n',
      { pointer: ['extraObjects', 0] },
      'the file has changed since it was read',
    ],
    ['another object', HEAD.replace('server', 'other'), {}, 'the file has changed since it was read'],
    ['a document that is gone', HEAD, { document: 3 }, 'the file has changed since it was read'],
    [
      'a place that is gone',
      `${HEAD}  - {}\n`,
      {},
      'the place is not written out in the file: it comes from a merge, or stands inside a text',
    ],
    [
      'a list that is none',
      `${HEAD}  - to: [{ipBlock: {cidr: 0.0.0.0/0, except: 10.0.0.0/8}}]\n`,
      {},
      '`except` is not a list there: change it by hand',
    ],
  ];

  it.each(CASES)('is %s', (_title, text, at, reason) => {
    const edit = excepts([META], at as Partial<FileEdit>);
    expect(editText(text, [edit])).toEqual({ text, done: [], refused: [{ edit, reason }] });
  });
});

const POLICY: GeneratedPolicy = {
  subject: OBJECT,
  notes: new Map([['spec.ingress[0]', 'gateways: envoy']]),
  manifest: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'chokepoint-server' },
    spec: {
      podSelector: { matchLabels: { app: 'on' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [],
    },
  },
};

const add = (pointer: readonly PathSegment[]): FileEdit => ({
  kind: 'add-policy',
  object: OBJECT,
  document: 0,
  pointer,
  policy: POLICY,
});

describe('adding a policy to extraObjects', () => {
  it('puts it behind the last object, with its comments, indented as the list is', () => {
    const before =
      'image: x # top\nextraObjects: # more\n  - kind: NetworkPolicy\n    metadata:\n      name: server # ours\n\n# the end\nreplicas: 1\n';
    expect(editText(before, [add(['extraObjects', 0])]).text).toBe(`image: x # top
extraObjects: # more
  - kind: NetworkPolicy
    metadata:
      name: server # ours
  # for NetworkPolicy default/server
  - apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      name: chokepoint-server
    spec:
      podSelector:
        matchLabels:
          app: "on"
      policyTypes:
        - Ingress
        - Egress
      ingress:
        # gateways: envoy
        - from:
            - podSelector: {}
      egress: []

# the end
replicas: 1
`);
  });

  it('puts it under its name where the objects stand in a mapping', () => {
    const before = 'extraObjects:\n  one:\n    kind: NetworkPolicy\n    metadata: {name: server}';
    const { text, refused } = editText(before, [add(['extraObjects', 'one'])]);
    expect(refused).toEqual([]);
    expect(
      text.startsWith(`${before}\n  # for NetworkPolicy default/server\n  "chokepoint-server":\n    apiVersion: `),
    ).toBe(true);
  });

  it.each([2, 0])('puts it into JSON with indentation %j', indent => {
    const objects = [{ kind: 'NetworkPolicy', metadata: { name: 'server' } }];
    const before = JSON.stringify({ extraObjects: objects }, null, indent);
    const { text } = editText(before, [add(['extraObjects', 0])]);
    const after = { extraObjects: [...objects, POLICY.manifest] };
    expect(JSON.parse(text)).toEqual(after);
    if (indent > 0) expect(text).toBe(JSON.stringify(after, null, indent));
  });

  it('goes behind a text in block style, and behind an except that is added', () => {
    const before = `extraObjects:\n- kind: NetworkPolicy\n  metadata: {name: server}\n  spec:\n    egress:\n    - to:\n      - ipBlock:\n          cidr: 0.0.0.0/0\n`;
    const edits = [add(['extraObjects', 0]), excepts([META], { pointer: ['extraObjects', 0] })];
    const { text, refused } = editText(before, edits);
    expect(refused).toEqual([]);
    expect(text.startsWith(`${before}          except:\n          - ${META}\n# for NetworkPolicy`)).toBe(true);
    const block =
      'extraObjects:\n- kind: NetworkPolicy\n  metadata: {name: server}\n- kind: X\n  text: |\n    a\n    b\nz: 1\n';
    const second = editText(block, [add(['extraObjects', 0])]);
    expect(second.refused).toEqual([]);
    expect(parseAllDocuments(second.text)[0]?.toJS()).toMatchObject({
      extraObjects: [{}, { text: 'a\nb\n' }, POLICY.manifest],
      z: 1,
    });
  });

  it('refuses where the one object is the value itself', () => {
    const before = 'extraObjects:\n  kind: NetworkPolicy\n  metadata: {name: server}\n';
    expect(editText(before, [add(['extraObjects'])]).refused).toHaveLength(1);
  });
});
