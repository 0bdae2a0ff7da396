import { type Case, row } from './case.ts';

const FROM = (peers: string) => [`{podSelector: {matchLabels: {app: mcp}}, ingress: [{from: [${peers}]}]}`];
const NAMESPACE = (name: string) => `namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${name}}}`;
const CLIENT = 'mcp/client > mcp/server:8080';
const ENVOY = 'gateway/envoy > mcp/server:8080';
const DEBUG = 'gateway/debug > mcp/server:8080';
const WEB = 'other/web > mcp/server:8080';
const OUTSIDE = '198.51.100.10 > mcp/server:8080';
const STRANGER = (labels: string) =>
  `{kind: Pod, apiVersion: v1, metadata: {name: stranger, namespace: other, labels: ${labels}}, status: {podIP: 10.244.3.99}}`;
const FROM_STRANGER = 'other/stranger > mcp/server:8080';

/** Which pods a peer means (LabelSelector, NetworkPolicyPeer). */
export const selectorCases: readonly Case[] = [
  row('a pod selector alone means the own namespace', FROM('{podSelector: {}}'), [CLIENT], [ENVOY, WEB, OUTSIDE]),
  row(
    'a pod selector alone does not mean such pods elsewhere',
    FROM('{podSelector: {matchLabels: {app: envoy}}}'),
    [],
    [ENVOY, CLIENT],
  ),
  row(
    'the empty namespace selector means every pod and no other address',
    FROM('{namespaceSelector: {}}'),
    [CLIENT, ENVOY, WEB],
    [OUTSIDE],
  ),
  row(
    'an address that is a pod is that pod',
    FROM('{namespaceSelector: {}}'),
    ['10.244.2.10 > mcp/server:8080', '10.244.2.10 > 10.244.1.10:8080', 'gateway/envoy > 10.244.1.10:8080'],
    ['10.244.2.12 > mcp/server:8080'],
  ),
  row(
    'a namespace selector means all pods of such namespaces',
    FROM('{namespaceSelector: {matchLabels: {role: gateway}}}'),
    [ENVOY, DEBUG],
    [CLIENT, WEB],
  ),
  row(
    'two selectors of one item must both match',
    FROM('{namespaceSelector: {matchLabels: {role: gateway}}, podSelector: {matchLabels: {app: envoy}}}'),
    [ENVOY],
    [DEBUG, CLIENT, WEB],
  ),
  row(
    'two items are alternatives, the dash that opens too much',
    FROM('{namespaceSelector: {matchLabels: {role: gateway}}}, {podSelector: {}}'),
    [ENVOY, DEBUG, CLIENT],
    [WEB, OUTSIDE],
  ),
  row(
    'an empty pod selector beside a namespace selector narrows nothing',
    FROM('{namespaceSelector: {matchLabels: {role: gateway}}, podSelector: {}}'),
    [ENVOY, DEBUG],
    [CLIENT],
  ),
  row(
    'a null pod selector beside a namespace selector is absent',
    FROM('{namespaceSelector: {matchLabels: {role: gateway}}, podSelector: null}'),
    [ENVOY, DEBUG],
    [CLIENT],
  ),
  row(
    'a null namespace selector leaves the own namespace',
    FROM('{namespaceSelector: ~, podSelector: {}}'),
    [CLIENT],
    [ENVOY],
  ),
  row('a namespace is known by its name', FROM(`{${NAMESPACE('gateway')}}`), [ENVOY, DEBUG], [CLIENT, WEB]),
  row(
    'a namespace without manifest is known by its name',
    FROM(`{${NAMESPACE('lost')}}`),
    ['lost/pod > mcp/server:1'],
    [ENVOY],
    '{kind: Pod, apiVersion: v1, metadata: {name: pod, namespace: lost}, status: {podIP: 10.244.8.1}}',
  ),
  row(
    'a forged name label does not make another namespace',
    FROM(`{${NAMESPACE('gateway')}}`),
    [ENVOY, DEBUG],
    ['forged/pod > mcp/server:1'],
    '{kind: Namespace, apiVersion: v1, metadata: {name: forged, labels: {kubernetes.io/metadata.name: gateway}}}\n---\n{kind: Pod, apiVersion: v1, metadata: {name: pod, namespace: forged}, status: {podIP: 10.244.8.1}}',
  ),
  row(
    'a forged name label does not hide the namespace',
    FROM(`{${NAMESPACE('forged')}}`),
    ['forged/pod > mcp/server:1'],
    [ENVOY],
    '{kind: Namespace, apiVersion: v1, metadata: {name: forged, labels: {kubernetes.io/metadata.name: gateway}}}\n---\n{kind: Pod, apiVersion: v1, metadata: {name: pod, namespace: forged}, status: {podIP: 10.244.8.1}}',
  ),
  row(
    'In needs the key',
    FROM('{namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [net, ops]}]}}'),
    [ENVOY],
    [CLIENT, WEB],
  ),
  row(
    'NotIn matches what lacks the key',
    FROM('{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [ai]}]}}'),
    [ENVOY, WEB],
    [CLIENT, OUTSIDE],
  ),
  row(
    'Exists needs the key with any value',
    FROM('{namespaceSelector: {matchExpressions: [{key: team, operator: Exists}]}}'),
    [ENVOY, CLIENT],
    [WEB],
  ),
  row(
    'DoesNotExist needs the key absent',
    FROM('{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}'),
    [WEB],
    [ENVOY, CLIENT],
  ),
  row(
    'an empty label value exists',
    FROM('{namespaceSelector: {}, podSelector: {matchExpressions: [{key: mark, operator: Exists}]}}'),
    [FROM_STRANGER],
    [WEB],
    STRANGER('{mark: ""}'),
  ),
  row(
    'an empty label value is a value to match',
    FROM('{namespaceSelector: {}, podSelector: {matchLabels: {mark: ""}}}'),
    [FROM_STRANGER],
    [WEB],
    STRANGER('{mark: ""}'),
  ),
  row(
    'labels and expressions must all hold',
    FROM(
      '{namespaceSelector: {}, podSelector: {matchLabels: {app: envoy}, matchExpressions: [{key: app, operator: NotIn, values: [debug]}]}}',
    ),
    [ENVOY],
    [DEBUG, WEB],
  ),
  row(
    'a contradiction matches nobody',
    FROM(
      '{namespaceSelector: {}, podSelector: {matchLabels: {app: envoy}, matchExpressions: [{key: app, operator: DoesNotExist}]}}',
    ),
    [],
    [ENVOY, DEBUG, WEB],
  ),
  row(
    'expressions on one key must all hold',
    FROM(
      '{namespaceSelector: {}, podSelector: {matchExpressions: [{key: app, operator: In, values: [envoy, web]}, {key: app, operator: NotIn, values: [web]}]}}',
    ),
    [ENVOY],
    [WEB],
  ),
  row(
    'empty expressions match everything',
    FROM('{namespaceSelector: {matchExpressions: []}, podSelector: {matchLabels: {}}}'),
    [ENVOY, WEB, CLIENT],
    [OUTSIDE],
  ),
  row(
    'label values are compared by case',
    FROM('{namespaceSelector: {}, podSelector: {matchLabels: {app: Envoy}}}'),
    [],
    [ENVOY],
  ),
  row(
    'names of object methods are label keys like others',
    FROM('{namespaceSelector: {}, podSelector: {matchExpressions: [{key: constructor, operator: Exists}]}}'),
    [FROM_STRANGER],
    [WEB, ENVOY],
    STRANGER('{constructor: "true"}'),
  ),
  row(
    'a pod lacks keys that are names of object methods',
    FROM(
      '{namespaceSelector: {}, podSelector: {matchExpressions: [{key: toString, operator: DoesNotExist}, {key: hasOwnProperty, operator: NotIn, values: ["1"]}]}}',
    ),
    [WEB, ENVOY],
    [FROM_STRANGER],
    STRANGER('{toString: "1"}'),
  ),
  row(
    'a namespace may be called constructor',
    FROM(`{${NAMESPACE('constructor')}}`),
    ['constructor/valueOf > mcp/server:1'],
    [WEB],
    '{kind: Pod, apiVersion: v1, metadata: {name: valueOf, namespace: constructor}, status: {podIP: 10.244.8.1}}',
  ),
  row(
    'quoted words are strings, not booleans and numbers',
    FROM(
      '{namespaceSelector: {}, podSelector: {matchExpressions: [{key: "1", operator: In, values: ["yes", "1e3", "null", "0x1f"]}]}}',
    ),
    [FROM_STRANGER],
    [WEB],
    STRANGER('{"1": "1e3"}'),
  ),
  row(
    'a pod may be selected as source and refused as another',
    [
      ...FROM('{podSelector: {matchLabels: {app: client}}}'),
      '{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: mcp}}}], ports: [{port: 8080}]}]}',
    ],
    [CLIENT],
    ['mcp/client > mcp/server:8081', ENVOY],
  ),
];
