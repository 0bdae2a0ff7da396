import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import schema from '../../../policies/gate-exception.schema.json' with { type: 'json' };
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';

/** The schema that editors and the API server go by, and the decoder that the gate reads with: both take the same objects. */

const ajv = new Ajv2020({ strict: true, formats: { date: /^\d{4}-\d{2}-\d{2}$/ } });
const bySchema = ajv.compile(schema);
const decode = createDecoder();
const byDecoder = (object: Fields): boolean => {
  const decoded = decode(object);
  return decoded.kind === 'object' && decoded.issues.every(({ severity }) => severity !== 'error');
};

const [EXAMPLE] = schema.examples;
const SPEC = EXAMPLE?.spec ?? {};
const withSpec = (spec: unknown): Fields => ({ ...EXAMPLE, spec });

test.each<readonly [title: string, object: Fields, isGood: boolean]>([
  ['the example', withSpec(SPEC), true],
  ['several rules', withSpec({ ...SPEC, rules: ['host-network', 'service-exposed'] }), true],
  ['no spec', { ...EXAMPLE, spec: undefined }, false],
  ['a list for a spec', withSpec([]), false],
  ...['object', 'rules', 'reason', 'expires'].flatMap(field => [
    [
      `no ${field}`,
      withSpec(Object.fromEntries(Object.entries(SPEC).filter(([key]) => key !== field))),
      false,
    ] as const,
    [`a number for ${field}`, withSpec({ ...SPEC, [field]: 7 }), false] as const,
    [`a blank for ${field}`, withSpec({ ...SPEC, [field]: ' ' }), false] as const,
  ]),
  ['no rule', withSpec({ ...SPEC, rules: [] }), false],
  ['a number among the rules', withSpec({ ...SPEC, rules: [7] }), false],
  ['an object without a name', withSpec({ ...SPEC, object: { kind: 'Pod' } }), false],
  ['an object with a namespace', withSpec({ ...SPEC, object: { kind: 'Pod', name: 'a', namespace: 'b' } }), false],
  ['a field that nobody knows', withSpec({ ...SPEC, until: '2027-01-31' }), false],
  ['a day in another order', withSpec({ ...SPEC, expires: '31-01-2027' }), false],
])('%s', (_title, object, isGood) => {
  const plain = JSON.parse(JSON.stringify(object)) as Fields;
  expect([bySchema(plain), byDecoder(plain)]).toEqual([isGood, isGood]);
});
