import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { parseYaml } from '../../support/yaml.ts';

const decode = createDecoder();

/** The issues of a NetworkPolicy with this spec, as `severity code path: message`. */
function issuesOf(spec: string): readonly string[] {
  const text = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: ${spec}}`;
  const decoded = decode(parseYaml(text)[0] as Fields);
  if (decoded.kind !== 'object') return expect.fail(decoded.kind);
  return decoded.issues.map(({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`);
}

const rule = (text: string): string => `{egress: [${text}]}`;
const port = (text: string): string => rule(`{ports: [${text}]}`);
const block = (text: string): string => rule(`{to: [{ipBlock: ${text}}]}`);
const selector = (text: string): string => `{podSelector: ${text}}`;
const expression = (text: string): string => selector(`{matchExpressions: [${text}]}`);
const PORT = 'spec.egress[0].ports[0]';
const BLOCK = 'spec.egress[0].to[0].ipBlock';
const EXPRESSION = 'spec.podSelector.matchExpressions[0]';

describe('A NetworkPolicy without an issue:', () => {
  it.each([
    ['nothing at all', '{}'],
    ['null everywhere', '{podSelector: null, policyTypes: null, ingress: null, egress: null}'],
    ['a null rule is the empty rule', '{ingress: [null]}'],
    ['a null port is every TCP port', '{ingress: [{ports: [null]}]}'],
    ['the same type twice', '{policyTypes: [Ingress, Ingress]}'],
    ['except twice and nested', block('{cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.1.0.0/16, 10.1.2.0/24]}')],
    ['excepts that leave nothing', block('{cidr: 0.0.0.0/0, except: [0.0.0.0/1, 128.0.0.0/1]}')],
    ['port 1 and port 65535', port('{port: 1, endPort: 65535}')],
    ['a port name of one letter', port('{port: a}')],
    ['a port name of 15 characters', port('{port: a23456789012345}')],
    ['a label value that is empty', selector('{matchLabels: {app: ""}}')],
    ['a label key with a prefix', selector('{matchLabels: {app.kubernetes.io/name: a}}')],
    ['a null label value', selector('{matchLabels: {app: null}}')],
    ['legal keys that objects have', selector('{matchLabels: {constructor: a, hasOwnProperty: b, toString: c}}')],
  ])('%s', (_title, spec) => {
    expect(issuesOf(spec)).toEqual([]);
  });
});

describe('A NetworkPolicy with one issue:', () => {
  it.each([
    // Wrong types in any field.
    ['[]', 'error wrong-type spec: expected an object, got a list'],
    ['text', 'error wrong-type spec: expected an object, got a string'],
    [selector('[]'), 'error wrong-type spec.podSelector: expected an object, got a list'],
    [selector('{matchLabels: [app]}'), 'error wrong-type spec.podSelector.matchLabels: expected an object, got a list'],
    [
      selector('{matchLabels: {app: 1}}'),
      'error wrong-type spec.podSelector.matchLabels.app: expected a string, got a number: write it in quotes, "1"',
    ],
    [
      selector('{matchLabels: {a.b/c: true}}'),
      'error wrong-type spec.podSelector.matchLabels["a.b/c"]: expected a string, got a boolean: write it in quotes, as it stands there',
    ],
    [
      selector('{matchExpressions: {key: a}}'),
      'error wrong-type spec.podSelector.matchExpressions: expected a list, got an object',
    ],
    [expression('text'), `error wrong-type ${EXPRESSION}: expected an object, got a string`],
    [
      expression('{key: a, operator: In, values: b}'),
      [
        `error wrong-type ${EXPRESSION}.values: expected a list, got a string`,
        `error invalid-selector ${EXPRESSION}.values: In needs at least one value: the API server refuses it`,
      ],
    ],
    [
      expression('{key: a, operator: In, values: [b, 1]}'),
      `error wrong-type ${EXPRESSION}.values[1]: expected a string, got a number: write it in quotes, "1"`,
    ],
    ['{policyTypes: Ingress}', 'error wrong-type spec.policyTypes: expected a list, got a string'],
    [
      '{policyTypes: [1]}',
      'error wrong-type spec.policyTypes[0]: expected a string, got a number: write it in quotes, "1"',
    ],
    ['{ingress: {}}', 'error wrong-type spec.ingress: expected a list, got an object'],
    ['{ingress: [from]}', 'error wrong-type spec.ingress[0]: expected an object, got a string'],
    ['{ingress: [{from: {}}]}', 'error wrong-type spec.ingress[0].from: expected a list, got an object'],
    ['{ingress: [{from: [text]}]}', 'error wrong-type spec.ingress[0].from[0]: expected an object, got a string'],
    [rule('{ports: {}}'), 'error wrong-type spec.egress[0].ports: expected a list, got an object'],
    [port('80'), `error wrong-type ${PORT}: expected an object, got a number`],
    [port('{port: true}'), `error wrong-type ${PORT}.port: expected a number or a port name`],
    [port('{port: 80, endPort: "90"}'), `error wrong-type ${PORT}.endPort: expected a whole number, got a string`],
    [
      port('{port: 80, protocol: 6}'),
      `error wrong-type ${PORT}.protocol: expected a string, got a number: write it in quotes, "6"`,
    ],
    [
      block('10.0.0.0/8'),
      [
        'error wrong-type spec.egress[0].to[0].ipBlock: expected an object, got a string',
        'error invalid-peer spec.egress[0].to[0]: a peer needs podSelector, namespaceSelector or ipBlock: the API server refuses it',
      ],
    ],
    [
      block('{cidr: 10.0.0.0/8, except: 10.1.0.0/16}'),
      `error wrong-type ${BLOCK}.except: expected a list, got a string`,
    ],
    [
      block('{cidr: 10.0.0.0/8, except: [10]}'),
      `error wrong-type ${BLOCK}.except[0]: expected a string, got a number: write it in quotes, "10"`,
    ],
    // Unknown fields: warned of, since they most often change the meaning.
    [
      '{podselector: {}}',
      'warning unknown-field spec.podselector: unknown field "podselector": the API server drops or refuses it',
    ],
    [
      '{ingress: [{to: []}]}',
      'warning unknown-field spec.ingress[0].to: unknown field "to": the API server drops or refuses it',
    ],
    [
      rule('{from: []}'),
      'warning unknown-field spec.egress[0].from: unknown field "from": the API server drops or refuses it',
    ],
    [
      port('{port: 80, endport: 90}'),
      `warning unknown-field ${PORT}.endport: unknown field "endport": the API server drops or refuses it`,
    ],
    [
      block('{cidr: 10.0.0.0/8, excepts: []}'),
      `warning unknown-field ${BLOCK}.excepts: unknown field "excepts": the API server drops or refuses it`,
    ],
    [
      selector('{matchlabels: {}}'),
      'warning unknown-field spec.podSelector.matchlabels: unknown field "matchlabels": the API server drops or refuses it',
    ],
    [
      expression('{key: a, operator: Exists, value: b}'),
      `warning unknown-field ${EXPRESSION}.value: unknown field "value": the API server drops or refuses it`,
    ],
    // What the API server refuses.
    [
      '{policyTypes: [ingress]}',
      'error invalid-policy-type spec.policyTypes[0]: "ingress" is neither Ingress nor Egress: the API server refuses it',
    ],
    [
      '{policyTypes: [Ingress, Egress, Egress]}',
      'error invalid-policy-type spec.policyTypes: at most two policyTypes: the API server refuses it',
    ],
    [
      expression('{key: a, operator: Equals, values: [b]}'),
      `error invalid-selector ${EXPRESSION}.operator: "Equals" is none of In, NotIn, Exists, DoesNotExist`,
    ],
    [
      expression('{key: a}'),
      `error invalid-selector ${EXPRESSION}.operator: "" is none of In, NotIn, Exists, DoesNotExist`,
    ],
    [
      expression('{key: a, operator: constructor}'),
      `error invalid-selector ${EXPRESSION}.operator: "constructor" is none of In, NotIn, Exists, DoesNotExist`,
    ],
    [
      expression('{key: a, operator: NotIn}'),
      `error invalid-selector ${EXPRESSION}.values: NotIn needs at least one value: the API server refuses it`,
    ],
    [
      expression('{key: a, operator: Exists, values: [b]}'),
      `error invalid-selector ${EXPRESSION}.values: Exists takes no values: the API server refuses it`,
    ],
    [
      expression('{key: a, operator: DoesNotExist, values: [b]}'),
      `error invalid-selector ${EXPRESSION}.values: DoesNotExist takes no values: the API server refuses it`,
    ],
    [
      expression('{operator: Exists}'),
      `error invalid-selector ${EXPRESSION}.key: "" is no label key: the API server refuses it`,
    ],
    [expression('null'), `error invalid-selector ${EXPRESSION}: an empty requirement is refused by the API server`],
    [
      expression('{key: a, operator: In, values: ["b c"]}'),
      `error invalid-selector ${EXPRESSION}.values[0]: "b c" is no label value: the API server refuses it`,
    ],
    [
      selector('{matchLabels: {-a: b}}'),
      'error invalid-selector spec.podSelector.matchLabels["-a"]: "-a" is no label key: the API server refuses it',
    ],
    [
      selector('{matchLabels: {a/b/c: d}}'),
      'error invalid-selector spec.podSelector.matchLabels["a/b/c"]: "a/b/c" is no label key: the API server refuses it',
    ],
    [
      selector('{matchLabels: {a: -b}}'),
      'error invalid-selector spec.podSelector.matchLabels.a: "-b" is no label value: the API server refuses it',
    ],
    [
      selector('{matchLabels: {__proto__: b}}'),
      'error invalid-selector spec.podSelector.matchLabels.__proto__: "__proto__" is no label key: the API server refuses it',
    ],
    [rule('{to: [null]}'), 'error invalid-peer spec.egress[0].to[0]: an empty peer is refused by the API server'],
    [
      rule('{to: [{}]}'),
      'error invalid-peer spec.egress[0].to[0]: a peer needs podSelector, namespaceSelector or ipBlock: the API server refuses it',
    ],
    [
      rule('{to: [{podSelector: null}]}'),
      'error invalid-peer spec.egress[0].to[0]: a peer needs podSelector, namespaceSelector or ipBlock: the API server refuses it',
    ],
    [
      rule('{to: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}'),
      'error invalid-peer spec.egress[0].to[0]: ipBlock stands alone: with a selector beside it the API server refuses the policy',
    ],
    [block('{}'), `error invalid-cidr ${BLOCK}.cidr: a CIDR block is required`],
    [block('{cidr: ""}'), `error invalid-cidr ${BLOCK}.cidr: "" is no CIDR block: the API server refuses it`],
    [
      block('{cidr: 10.0.0.0}'),
      `error invalid-cidr ${BLOCK}.cidr: "10.0.0.0" is no CIDR block: the API server refuses it`,
    ],
    [
      block('{cidr: 10.0.0.0/33}'),
      `error invalid-cidr ${BLOCK}.cidr: "10.0.0.0/33" is no CIDR block (the prefix is a number from 0 to 32): the API server refuses it`,
    ],
    [
      block('{cidr: 10.0.0.0/8, except: [10.1.0.0]}'),
      `error invalid-cidr ${BLOCK}.except[0]: "10.1.0.0" is no CIDR block: the API server refuses it`,
    ],
    [
      block('{cidr: 10.0.0.0/8, except: [10.0.0.0/8]}'),
      `error invalid-except ${BLOCK}.except[0]: 10.0.0.0/8 is no strict subset of 10.0.0.0/8: the API server refuses it`,
    ],
    [
      block('{cidr: 10.0.0.0/8, except: [192.168.0.0/16]}'),
      `error invalid-except ${BLOCK}.except[0]: 192.168.0.0/16 is no strict subset of 10.0.0.0/8: the API server refuses it`,
    ],
    [
      block('{cidr: 0.0.0.0/0, except: [fd00::/8]}'),
      `error invalid-except ${BLOCK}.except[0]: fd00::/8 is no strict subset of 0.0.0.0/0: the API server refuses it`,
    ],
    [port('{port: 0}'), `error invalid-port ${PORT}.port: 0 is not between 1 and 65535`],
    [port('{port: 65536}'), `error invalid-port ${PORT}.port: 65536 is not between 1 and 65535`],
    [port('{port: 80.5}'), `error invalid-port ${PORT}.port: 80.5 is not between 1 and 65535`],
    [
      port('{port: 80, endPort: 79}'),
      `error invalid-port ${PORT}.endPort: 79 is not between 80 and 65535: the API server refuses it`,
    ],
    [
      port('{port: 80, endPort: 65536}'),
      `error invalid-port ${PORT}.endPort: 65536 is not between 80 and 65535: the API server refuses it`,
    ],
    [
      port('{endPort: 90}'),
      `error invalid-port ${PORT}.endPort: endPort needs a port number: the API server refuses it`,
    ],
    [
      port('{port: http, endPort: 90}'),
      `error invalid-port ${PORT}.endPort: endPort needs a port number: the API server refuses it`,
    ],
    [
      port('{port: "8080"}'),
      `error invalid-port ${PORT}.port: "8080" is no port name: the API server refuses it: write it without quotes, 8080`,
    ],
    [port('{port: HTTP}'), `error invalid-port ${PORT}.port: "HTTP" is no port name: the API server refuses it`],
    [port('{port: a--b}'), `error invalid-port ${PORT}.port: "a--b" is no port name: the API server refuses it`],
    [
      port('{port: a234567890123456}'),
      `error invalid-port ${PORT}.port: "a234567890123456" is no port name: the API server refuses it`,
    ],
    [port('{protocol: tcp}'), `error invalid-port ${PORT}.protocol: "tcp" is none of TCP, UDP, SCTP`],
    [port('{protocol: ICMP}'), `error invalid-port ${PORT}.protocol: "ICMP" is none of TCP, UDP, SCTP`],
  ])('%s', (spec, issues) => {
    expect(issuesOf(spec)).toEqual([issues].flat());
  });

  it('tells all of its issues at once', () => {
    const spec = '{policyTypes: [both], podSelector: {matchLabels: {a: 1}}, egress: [{ports: [{port: 0}], to: [{}]}]}';
    expect(issuesOf(spec).map(issue => issue.split(':')[0])).toEqual([
      'error wrong-type spec.podSelector.matchLabels.a',
      'error invalid-policy-type spec.policyTypes[0]',
      'error invalid-peer spec.egress[0].to[0]',
      'error invalid-port spec.egress[0].ports[0].port',
    ]);
  });
});
