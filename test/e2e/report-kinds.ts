import { load } from 'js-yaml';
import { reportDefinition } from '../control-plane/reports-api.ts';

/**
 * The definitions of the two APIs of reports: that of openreports.io/v1alpha1 Report as its project publishes it, that of wgpolicyk8s.io/v1alpha2
 * PolicyReport by what is known of it. A field that is not here is refused by strict validation, and dropped otherwise.
 */
const text = { type: 'string' } as const;
const count = { type: 'integer' } as const;
const fields = (properties: object, required: readonly string[] = []): object => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
});
const textMap = { type: 'object', additionalProperties: text };
const OUTCOMES = ['pass', 'fail', 'warn', 'error', 'skip'];
const reference = fields({
  ...{ apiVersion: text, kind: text, namespace: text, name: text, uid: text, resourceVersion: text, fieldPath: text },
});
const selector = fields({
  matchLabels: textMap,
  matchExpressions: {
    type: 'array',
    items: fields({ key: text, operator: text, values: { type: 'array', items: text } }, ['key', 'operator']),
  },
});
const result = fields(
  {
    ...{ source: text, policy: text, rule: text, category: text, message: text, properties: textMap },
    severity: { ...text, enum: ['critical', 'high', 'medium', 'low', 'info'] },
    result: { ...text, enum: OUTCOMES },
    scored: { type: 'boolean' },
    timestamp: fields({ seconds: { ...count, format: 'int64' }, nanos: { ...count, format: 'int32' } }, [
      'seconds',
      'nanos',
    ]),
    resources: { type: 'array', items: reference },
    resourceSelector: selector,
  },
  ['policy'],
);
const common = {
  ...{ apiVersion: text, kind: text, metadata: { type: 'object' } },
  scope: reference,
  scopeSelector: selector,
  summary: fields(Object.fromEntries(OUTCOMES.map(outcome => [outcome, count]))),
  results: { type: 'array', items: result },
};
const definition = (group: string, version: string, kind: string, properties: object): object => {
  const plural = `${kind.toLowerCase()}s`;
  const names = { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() };
  const schema = { openAPIV3Schema: fields(properties) };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, names, scope: 'Namespaced', versions: [{ name: version, served: true, storage: true, schema }] },
  };
};

export const REPORT_DEFINITION = load(reportDefinition()) as object;

export const POLICY_REPORT_DEFINITION = definition('wgpolicyk8s.io', 'v1alpha2', 'PolicyReport', common);

export const REPORTS = 'apis/openreports.io/v1alpha1/reports';
export const POLICY_REPORTS = 'apis/wgpolicyk8s.io/v1alpha2/policyreports';
