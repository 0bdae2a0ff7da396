import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/adapters/files/limits.ts';
import { renderPolicies } from '../../../src/adapters/files/render-policies.ts';
import { splitDocuments } from '../../../src/adapters/yaml/documents.ts';
import { createParser } from '../../../src/adapters/yaml/parse.ts';
import type { GeneratedPolicy } from '../../../src/app/report/generate.ts';

function policy(name: string, labels: Record<string, string>, note: string): GeneratedPolicy {
  return {
    subject: { kind: 'Deployment', namespace: 'tools', name: note },
    notes: new Map([
      ['spec.ingress[0]', note],
      ['spec.egress[0].to[0].ipBlock.except[1]', note],
    ]),
    manifest: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, namespace: 'tools' },
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ podSelector: {} }] }],
        egress: [{ to: [{ ipBlock: { cidr: '::/0', except: ['::1/128', 'fc00::/7'] } }] }],
      },
    },
  };
}

/** The text as kubectl reads it. */
function documentsOf(text: string): readonly unknown[] {
  const parse = createParser(DEFAULT_LIMITS);
  return splitDocuments(text).map(document => {
    const parsed = parse(document.text);
    if (parsed.kind === 'fault') throw new Error(parsed.fault.message);
    return parsed.value;
  });
}

const BODY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: a
  namespace: tools
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
  egress:
  - to:
    - ipBlock:
        cidr: ::/0
        except:
        - ::1/128
        - fc00::/7 # gateways: envoy
`;

describe('renderPolicies', () => {
  const POLICY = policy('a', { app: 'on' }, 'gateways: envoy');

  it('prints a stream of documents with comments', () => {
    const one = `# for Deployment tools/gateways: envoy\n${BODY}`;
    expect(renderPolicies([POLICY], 'yaml')).toBe(one);
    expect(renderPolicies([POLICY, POLICY], 'yaml')).toBe(`${one}---\n${one}`);
    expect(renderPolicies([], 'yaml')).toBe('');
  });

  it('prints values for a chart', () => {
    const lines = BODY.trimEnd().split('\n');
    const item = lines.map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`)).join('\n');
    const values = `extraObjects:\n# for Deployment tools/gateways: envoy\n${item}\n`;
    expect(renderPolicies([POLICY], 'helm-values')).toBe(values);
    expect(renderPolicies([], 'helm-values')).toBe('extraObjects: []\n');
  });

  it('takes nothing invisible from a name, and no line break out of a comment', () => {
    const text = renderPolicies([policy('a', {}, 'x\n\u202E- y\r# z\u2028')], 'yaml');
    expect(text.split('\n').filter(line => line.includes('#'))).toEqual([
      '# for Deployment tools/x - y # z ',
      '  # x - y # z ',
      '        - fc00::/7 # x - y # z ',
    ]);
  });

  const word = fc.oneof(
    fc.constantFrom(
      'on',
      'y',
      'No',
      'null',
      '~',
      '',
      '0777',
      '0o7',
      '1_000',
      '0x1F',
      '1e3',
      '.inf',
      '1:30',
      '2024-01-01',
    ),
    fc.constantFrom(
      '<<',
      '- x',
      '# x',
      "'",
      '"',
      '*a',
      '&a',
      '!t',
      '{{ x }}',
      'a: b',
      '%',
      '@',
      '`',
      ' x ',
      'a\nb',
      '__proto__',
    ),
    fc.string(),
  );

  it('is read by kubectl as it was meant, whatever the texts are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word, word), { maxLength: 3 }), rows => {
        const policies = rows.map(([name, key, note]) => policy(name, Object.fromEntries([[key, name]]), note));
        const manifests = policies.map(({ manifest }) => manifest);
        const stream = renderPolicies(policies, 'yaml');
        expect(stream === '' ? [] : documentsOf(stream)).toEqual(manifests);
        expect(documentsOf(renderPolicies(policies, 'helm-values'))).toEqual([{ extraObjects: manifests }]);
      }),
    );
  });
});
