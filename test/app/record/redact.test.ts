import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import { Redactor } from '../../../src/app/record/redact.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { isSecretName, withoutSecrets, withoutShapes } from '../../../src/core/secret-shapes.ts';

/** Put together, so that nobody who searches for secrets finds one here. */
const key = (begin: string, length: number): string => begin + 'a1B2c3D4'.repeat(20).slice(0, length);
const JWT = `${key('eyJ', 20)}.${key('eyJ', 30)}.${key('', 20)}`;
const PEM = `-----BEGIN RSA ${'PRIVATE'} KEY-----\nMIIE\nabc\n-----END RSA ${'PRIVATE'} KEY-----`;

describe('A text loses', () => {
  test.each<[what: string, text: string, left: string]>([
    ['a private key', `before ${PEM} after`, 'before [redacted] after'],
    ['a private key that is cut off', PEM.slice(0, 40), '[redacted]'],
    ['the user of a URL', 'postgres://app:s3cret@db:5432/x', 'postgres://[redacted]@db:5432/x'],
    ['the user of a URL with an @ in the password', 'redis://:p@ss@cache', 'redis://[redacted]@cache'],
    ['a token alone in a URL', 'https://tok3n@git.example/x.git', 'https://[redacted]@git.example/x.git'],
    ['a JSON web token', `x ${JWT} y`, 'x [redacted] y'],
    ['what follows Bearer', `Authorization header Bearer ${key('', 20)}`, 'Authorization header Bearer [redacted]'],
    ['what follows Basic', 'Basic dXNlcjpwYXNz', 'Basic [redacted]'],
    ['the value of a flag', 'run --password=hunter2 --port 80', 'run --password=[redacted] --port 80'],
    ['the value after a flag', 'run --api-key hunter2 --port 80', 'run --api-key [redacted] --port 80'],
    ['a quoted value with spaces', "run --token 'a b c' x", 'run --token [redacted] x'],
    ['the user of curl', 'curl -u jane:hunter2 http://x', 'curl -u [redacted] http://x'],
    ['a setting', 'DB_PASSWORD=hunter2 exec server', 'DB_PASSWORD=[redacted] exec server'],
    ['a setting of a connection', 'Server=db;Password=hunter2;Port=1', 'Server=db;Password=[redacted];Port=1'],
    ['a setting of JSON', '{"apiKey": "hunter2", "port": 1}', '{"apiKey": [redacted], "port": 1}'],
    ['a setting of YAML', 'clientSecret: hunter2\nport: 1', 'clientSecret: [redacted]\nport: 1'],
    [
      'a setting of JSON in a text',
      String.raw`echo "{\"password\": \"hunter2\"}" > c.json`,
      String.raw`echo "{\"password\": [redacted]}" > c.json`,
    ],
    [
      'a setting of JSON in JSON',
      String.raw`{"a":"{\\\"token\\\":\\\"hunter2\\\"}"}`,
      String.raw`{"a":"{\\\"token\\\":[redacted]}"}`,
    ],
    ['a block of YAML', 'a:\n  password: |\n    hunter2\n    more\n  port: 1', 'a:\n  password: [redacted]\n  port: 1'],
    ['a folded block of YAML', 'token: >-\n  hunter2\nport: 1', 'token: [redacted]\nport: 1'],
    ['an element of XML', '<a><password>hunter2</password></a>', '<a><password>[redacted]</password></a>'],
    ['a setting of XML', '<add key="password" value="hunter2"/>', '<add key="password" value=[redacted]/>'],
    ['a license', 'run --license-key hunter2 x', 'run --license-key [redacted] x'],
    [
      'a signature of AWS',
      'https://x.example/b?X-Amz-Signature=abc&e=2',
      'https://x.example/b?X-Amz-Signature=[redacted]&e=2',
    ],
    ['a signature of a URL', 'https://x.example/b?sv=1&sig=abc%3D&e=2', 'https://x.example/b?sv=1&sig=[redacted]&e=2'],
    ['a key of AWS', `id ${'AKIA'}ABCDEFGHIJKLMNOP`, 'id [redacted]'],
    ['a key of Google', key('AIza', 35), '[redacted]'],
    ['a token of GitHub', key('ghp_', 36), '[redacted]'],
    ['a token of GitLab', key('glpat-', 20), '[redacted]'],
    ['a token of Slack', key('xoxb-', 30), '[redacted]'],
    ['a key of Stripe', key('sk_live_', 24), '[redacted]'],
    ['a key of a model', key('sk-ant-', 40), '[redacted]'],
    ['a token of Hugging Face', key('hf_', 34), '[redacted]'],
    ['a token of Vault', key('hvs.', 30), '[redacted]'],
  ])('%s', (_, text, left) => {
    expect(withoutShapes(text)).toBe(left);
  });

  test.each([
    'registry.example/team/search:1.2@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'prod',
    'http://search.tools.svc.cluster.local:8080/mcp',
    'compass=north dispatch=1',
    '--max-tokens=4096',
    '--secret-name=search-tls',
    '/var/run/secrets/kubernetes.io/serviceaccount/token',
    'token for the server',
    'jane@example.com',
    '3f2c2a36-7d0c-4a64-8a43-6ee4f6f0b001',
    'key: value',
  ])('nothing where it is %j', text => {
    expect(withoutShapes(text)).toBe(text);
  });

  test('what chance made, in arguments and annotations alone', () => {
    const text = `--seed=${key('', 32)}`;
    expect([withoutShapes(text), withoutSecrets(text)]).toEqual([text, '--seed=[redacted]']);
  });

  test('its secrets in a time that its length bounds, whatever it is', () => {
    const texts = [
      'a.',
      'eyJ-',
      '--',
      'password',
      'token="',
      '-u ',
      'a://',
      'x_',
      'glgl',
      'Aa1',
      'token: |\n  ',
      'token: |\n x\n',
      '<token>',
      'key="token" value=',
      'name="a',
      '\\"token\\":',
      '-----BEGIN PRIVATE KEY-----',
    ];
    for (const text of texts) expect(withoutSecrets(text.repeat(30_000)).length).toBeGreaterThan(0);
  });
});

test.each<[name: string, isSecret: boolean]>([
  ['password', true],
  ['dbPassword', true],
  ['DBPASSWORD', true],
  ['GITHUB_TOKEN', true],
  ['X-Api-Key', true],
  ['Authorization', true],
  ['Cookie', true],
  ['aws_secret_access_key', true],
  ['--token', true],
  ['secretName', false],
  ['maxTokens', false],
  ['tokenExpirationSeconds', false],
  ['compass', false],
  ['path', false],
  ['key', false],
  ['constructor', false],
])('By its name %s is secret: %j', (name, isSecret) => {
  expect(isSecretName(name)).toBe(isSecret);
});

/** What is left of an object where nothing is known of others, and then once more. */
function redacted(object: Fields): unknown {
  const redactor = new Redactor();
  const text = redactor.object(object);
  expect(redactor.object(object)).toBe(text);
  return JSON.parse(text);
}

const container = (fields: object): object => ({ spec: { containers: [{ name: 'main', ...fields }] } });
/** The container of a redacted Pod, without its name. */
const kept = (fields: object): unknown => {
  const { spec } = redacted({ kind: 'Pod', ...container(fields) }) as { spec: { containers: [object] } };
  const { name: _, ...rest } = spec.containers[0] as { name: string };
  return rest;
};

describe('An object keeps its shape, and loses', () => {
  test.each<[what: string, fields: object, left: object]>([
    ['values of variables', { env: [{ name: 'A', value: 'x' }] }, { env: [{ name: 'A', value: '[redacted]' }] }],
    [
      'no reference to a value',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'token' } } }] },
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'token' } } }] },
    ],
    ['no empty value', { env: [{ name: 'A', value: '' }] }, { env: [{ name: 'A', value: '' }] }],
    ['variables of a map', { env: { A: 'x', B: 1 } }, { env: { A: '[redacted]', B: '[redacted]' } }],
    ['variables of a list of texts', { env: ['A=x', 'B'] }, { env: ['A=[redacted]', 'B'] }],
    ['what curl signs in with', { command: ['curl', '-u', 'me:x'] }, { command: ['curl', '-u', '[redacted]'] }],
    ['no name of a user', { command: ['chown', '--user', 'me'] }, { command: ['chown', '--user', 'me'] }],
    [
      'an argument after its flag',
      { args: ['--token', 'x', '--port', '80'] },
      { args: ['--token', '[redacted]', '--port', '80'] },
    ],
    ['nothing after a flag but a value', { args: ['--token', '--port'] }, { args: ['--token', '--port'] }],
    [
      'a flag in a script',
      { command: ['sh', '-c', 'x --password=y'] },
      { command: ['sh', '-c', 'x --password=[redacted]'] },
    ],
    [
      'a header of a probe',
      {
        livenessProbe: {
          httpGet: {
            httpHeaders: [
              { name: 'X-Api-Key', value: 'x' },
              { name: 'Host', value: 'h' },
            ],
          },
        },
      },
      {
        livenessProbe: {
          httpGet: {
            httpHeaders: [
              { name: 'X-Api-Key', value: '[redacted]' },
              { name: 'Host', value: 'h' },
            ],
          },
        },
      },
    ],
    [
      'a field by its name',
      { auth: { clientSecret: 'x', secretName: 's' } },
      { auth: { clientSecret: '[redacted]', secretName: 's' } },
    ],
    [
      'what chance made, in a command',
      { command: ['run', `--seed=${key('', 32)}`] },
      { command: ['run', '--seed=[redacted]'] },
    ],
    ['nothing that chance made elsewhere', { workingDir: key('', 32) }, { workingDir: key('', 32) }],
    ['a list under the name of a secret', { passwords: ['a', 1] }, { passwords: ['[redacted]', '[redacted]'] }],
    [
      'no object under the name of a secret',
      { secret: { name: 's', optional: true } },
      { secret: { name: 's', optional: true } },
    ],
    ['no list of objects under the name of a secret', { secrets: [{ name: 's' }] }, { secrets: [{ name: 's' }] }],
    [
      'values in a map of variables, whatever they are',
      { env: { A: ['x', ''], B: null, C: { D: 1 } } },
      { env: { A: ['[redacted]', ''], B: null, C: { D: '[redacted]' } } },
    ],
    [
      'items of a list of variables that are none',
      { env: [7, null, ['x']] },
      { env: ['[redacted]', null, ['[redacted]']] },
    ],
    ['no tag of an image', { image: 'registry.example/token:1.2' }, { image: 'registry.example/token:1.2' }],
    [
      'no flag',
      { automountServiceAccountToken: true, token: null },
      { automountServiceAccountToken: true, token: null },
    ],
  ])('%s', (_, fields, left) => {
    expect(kept(fields)).toEqual(left);
  });

  test('what tools keep of it in annotations, its managed fields, and secrets in other annotations', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{"a":1}',
      'example.com/api-token': 'x',
      'example.com/note': 'see https://jane:pw@wiki.example',
      team: 'search',
    };
    const metadata = { name: 'a', labels: { env: 'prod' }, annotations, managedFields: [{ manager: 'kubectl' }] };
    expect(redacted({ kind: 'Pod', metadata })).toEqual({
      kind: 'Pod',
      metadata: {
        name: 'a',
        labels: { env: 'prod' },
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': '[redacted]',
          'example.com/api-token': '[redacted]',
          'example.com/note': 'see https://[redacted]@wiki.example',
          team: 'search',
        },
      },
    });
  });

  test.each<[what: string, metadata: object]>([
    ['there is none', {}],
    ['it is null', { metadata: null }],
    ['it is a text', { metadata: 'x' }],
    ['it is a list', { metadata: ['--token', '--x'] }],
  ])('nothing of metadata where %s', (_, metadata) => {
    expect(redacted({ kind: 'Pod', ...metadata })).toEqual({ kind: 'Pod', ...metadata });
  });

  test('the data of a Secret, and no data of others', () => {
    const data = { user: 'amFuZQ==', nested: { a: 'b' } };
    expect(redacted({ kind: 'Secret', data, stringData: { a: 'b' }, type: 'Opaque' })).toEqual({
      kind: 'Secret',
      data: { user: '[redacted]', nested: { a: '[redacted]' } },
      stringData: { a: '[redacted]' },
      type: 'Opaque',
    });
    expect(redacted({ kind: 'ConfigMap', data: { a: 'b' } })).toEqual({ kind: 'ConfigMap', data: { a: 'b' } });
  });

  test('nothing of keys that JavaScript knows', () => {
    const object = JSON.parse('{"kind":"X","spec":{"__proto__":{"token":"x"},"constructor":"y","toString":1}}');
    expect(JSON.stringify(redacted(object))).toBe(
      '{"kind":"X","spec":{"__proto__":{"token":"[redacted]"},"constructor":"y","toString":1}}',
    );
  });
});

const NAMES = [
  'b',
  '10',
  '9',
  'a',
  '__proto__',
  'value',
  'name',
  'env',
  'data',
  'image',
  'token',
  'args',
  '\ud800',
  '\ufffe',
];
const TEXTS = ['x', '', 'password=hunter2', '--token', '\udc00 <', '"\\\n', 'ghp_0123456789abcdefghijABCDEFGHIJ012345'];
const json = fc.letrec<{ value: unknown; object: Fields }>(tie => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom(...TEXTS),
    fc.constantFrom(true, null, 1.5, -0, 1e21),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 5 }),
}));

describe('What is left of an object is written', () => {
  test('in the form of RFC 8785, whatever it holds', () => {
    const tell = (objects: readonly Fields[]): void => {
      for (const object of objects) {
        const text = new Redactor().object(object);
        expect(text).toBe(HASHING.canonical(JSON.parse(text)));
      }
    };
    fc.assert(fc.property(fc.array(json.object, { maxLength: 3 }), tell), { numRuns: 500 });
  });

  test('as by one that has seen no other', () => {
    const redactor = new Redactor();
    const tell = (object: Fields): void => {
      expect(redactor.object(object)).toBe(new Redactor().object(object));
    };
    fc.assert(fc.property(json.object, tell), { numRuns: 500 });
  });

  test('whatever many others it has seen', () => {
    const redactor = new Redactor();
    const object = { kind: 'Pod', metadata: { name: 'a', annotations: { note: 'password=x', long: 'y'.repeat(100) } } };
    const before = redactor.object(object);
    for (let index = 0; index < 9_000; index += 1) redactor.object({ [`name-${index}`]: `text-${index}` });
    expect(redactor.object(object)).toBe(before);
  });

  test('field by field as in it', () => {
    const redactor = new Redactor();
    const texts = { creationTimestamp: '2026-01-01T00:00:00Z', uid: 'password=x "' };
    const fields = Object.entries(texts).map(([key, text]) => redactor.field(key, text));
    expect(redactor.object({ metadata: texts })).toBe(`{"metadata":{${fields.join()}}}`);
  });
});
