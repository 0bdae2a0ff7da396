import { describe, expect, test } from 'vitest';
import { decodeRecorderConfig } from '../../../src/app/recorder/config.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';

const decode = (fields: Fields) => decodeRecorderConfig(fields, spec => spec.notifications !== undefined);

const document = (spec: unknown, given: object = {}) => ({
  apiVersion: 'chokepoint.dev/v1alpha1',
  kind: 'RecorderConfig',
  metadata: { name: 'default' },
  spec,
  ...given,
});

describe('A RecorderConfig', () => {
  test('says what is shipped where, with defaults', () => {
    const sinks = [
      { name: 'console', stdout: {} },
      { name: 'archive', file: { path: '/archive/record.jsonl' } },
      { name: 'siem', http: { url: 'https://siem.example/in', tokenFile: '/token' } },
      { name: 'logs', otlp: { url: 'http://collector:4318/v1/logs' } },
      { name: 'bucket', s3: { bucket: 'record', region: 'eu-central-1' } },
    ];
    expect(decode(document({ sinks }))).toEqual({
      issues: [],
      config: {
        maxRecordBytes: 1_073_741_824,
        notifications: false,
        sinks: [
          { kind: 'stdout', name: 'console' },
          {
            kind: 'file',
            name: 'archive',
            path: '/archive/record.jsonl',
            maxBytes: 104_857_600,
            keepFiles: 10,
            maxHours: undefined,
            keepDays: undefined,
          },
          { kind: 'http', name: 'siem', url: 'https://siem.example/in', tokenFile: '/token', format: 'lines' },
          { kind: 'otlp', name: 'logs', url: 'http://collector:4318/v1/logs', tokenFile: undefined },
          { kind: 's3', name: 'bucket', bucket: 'record', region: 'eu-central-1', endpoint: undefined, prefix: '' },
        ],
      },
    });
  });

  const sink = (given: object): object => ({ sinks: [{ name: 'one', ...given }] });
  test.each<[what: string, spec: unknown, issue: string]>([
    ['no spec', undefined, 'spec: is required'],
    ['no sink', { sinks: [] }, 'spec.sinks: at least one sink is required'],
    ['a sink of no kind', sink({}), 'spec.sinks[0]: must have one of stdout, file, http, otlp, s3'],
    [
      'the name of the notifications',
      { sinks: [{ name: 'notifications', stdout: {} }] },
      'is the name of the notifications',
    ],
    ['a sink of two kinds', sink({ stdout: {}, file: { path: 'a' } }), 'spec.sinks[0]: must have one of'],
    ['a sink without a name', { sinks: [{ stdout: {} }] }, 'spec.sinks[0].name: is required'],
    ['a name that no metric takes', { sinks: [{ name: 'A b', stdout: {} }] }, 'spec.sinks[0].name: must be lower case'],
    [
      'a name that is there twice',
      {
        sinks: [
          { name: 'a', stdout: {} },
          { name: 'a', stdout: {} },
        ],
      },
      'two sinks are named "a"',
    ],
    [
      'a field that nobody knows',
      sink({ http: { url: 'https://a', retries: 3 } }),
      'spec.sinks[0].http.retries: unknown field',
    ],
    ['a file without a path', sink({ file: {} }), 'spec.sinks[0].file.path: is required'],
    ['an address of another protocol', sink({ http: { url: 'ftp://a' } }), 'must be an address of https or http'],
    ['a user in an address', sink({ http: { url: 'https://me:secret@a' } }), 'must hold no user'],
    ['a token in the clear', sink({ otlp: { url: 'http://a', tokenFile: '/t' } }), 'needs an address of https'],
    ['a format that there is not', sink({ http: { url: 'https://a', format: 'xml' } }), 'must be one of lines, array'],
    [
      'a bound of nothing',
      { maxRecordBytes: 0, sinks: [{ name: 'a', stdout: {} }] },
      'spec.maxRecordBytes: must be at least',
    ],
    ['a name of the prototype as kind', sink({ constructor: {} }), 'spec.sinks[0]: must have one of'],
  ])('with %s is refused', (_, spec, issue) => {
    const { config, issues } = decode(document(spec));
    expect(config).toBeUndefined();
    expect(issues.map(({ path, message }) => `${path}: ${message}`).join('\n')).toContain(issue);
  });

  test('with notifications alone is one', () => {
    const notifications = { receivers: [{ name: 'a' }], rules: [{ name: 'a', to: ['a'] }] };
    expect(decode(document({ notifications }))).toEqual({
      issues: [],
      config: { maxRecordBytes: 1_073_741_824, sinks: [], notifications: true },
    });
  });

  test('of another version is refused', () => {
    const spec = { sinks: [{ name: 'a', stdout: {} }] };
    expect(decode(document(spec, { apiVersion: 'chokepoint.dev/v2' })).config).toBeUndefined();
  });
});
