import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { parseYaml } from '../../support/yaml.ts';

const decode = createDecoder();
const read = (text: string): ReturnType<typeof decode> => decode(parseYaml(text)[0] as Fields);

/** Issues as `severity code path: message`; of an object that is passed over, that. */
function issuesOf(text: string): readonly string[] {
  const decoded = read(text);
  if (decoded.kind === 'other') return [`passed over: ${decoded.apiVersion} ${decoded.objectKind}`];
  return decoded.issues.map(({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`);
}

describe('An object is judged, passed over or unreadable by apiVersion and kind:', () => {
  it.each<readonly [text: string, issues: readonly string[]]>([
    ['{}', ['error no-kind : an object needs apiVersion and kind, both strings']],
    ['null', ['error no-kind : an object needs apiVersion and kind, both strings']],
    ['{kind: Pod}', ['error no-kind : an object needs apiVersion and kind, both strings']],
    ['{apiVersion: 1, kind: Pod}', ['error no-kind : an object needs apiVersion and kind, both strings']],
    ['{apiVersion: v1, kind: null}', ['error no-kind : an object needs apiVersion and kind, both strings']],
    ['{apiVersion: v1, kind: ConfigMap}', ['passed over: v1 ConfigMap']],
    ['{apiVersion: v1, kind: constructor}', ['passed over: v1 constructor']],
    ['{apiVersion: __proto__/v1, kind: __proto__}', ['passed over: __proto__/v1 __proto__']],
    ['{apiVersion: example.com/v1, kind: Service}', ['passed over: example.com/v1 Service']],
    [
      '{apiVersion: batch.volcano.sh/v1alpha1, kind: Job, metadata: {name: a}}',
      ['passed over: batch.volcano.sh/v1alpha1 Job'],
    ],
    ['{apiVersion: apps/v1, kind: deployment}', ['passed over: apps/v1 deployment']],
    ['{apiVersion: v2, kind: Pod}', ['error unknown-api-version apiVersion: Pod is served at v1, not at "v2"']],
    [
      '{apiVersion: apps/v1beta1, kind: Deployment}',
      ['error unknown-api-version apiVersion: Deployment is served at apps/v1, not at "apps/v1beta1"'],
    ],
    [
      '{apiVersion: extensions/v1beta1, kind: Ingress}',
      ['error unknown-api-version apiVersion: Ingress is served at networking.k8s.io/v1, not at "extensions/v1beta1"'],
    ],
    [
      '{apiVersion: extensions/v1beta1, kind: NetworkPolicy}',
      [
        'error unknown-api-version apiVersion: NetworkPolicy is served at networking.k8s.io/v1, not at "extensions/v1beta1"',
      ],
    ],
    [
      '{apiVersion: v1, kind: Deployment}',
      ['error unknown-api-version apiVersion: Deployment is served at apps/v1, not at "v1"'],
    ],
    [
      '{apiVersion: batch/v1beta1, kind: CronJob}',
      ['error unknown-api-version apiVersion: CronJob is served at batch/v1, not at "batch/v1beta1"'],
    ],
    [
      '{apiVersion: gateway.networking.k8s.io/v2, kind: HTTPRoute}',
      [
        'error unknown-api-version apiVersion: HTTPRoute is served at gateway.networking.k8s.io/v1, gateway.networking.k8s.io/v1beta1, gateway.networking.k8s.io/v1alpha3, gateway.networking.k8s.io/v1alpha2, not at "gateway.networking.k8s.io/v2"',
      ],
    ],
  ])('%s', (text, issues) => {
    expect(issuesOf(text)).toEqual(issues);
  });
});

const pod = (spec: string): string => `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: ${spec}}`;
const container = (text: string): string => pod(`{containers: [${text}]}`);
const meta = (text: string): string => `{apiVersion: v1, kind: Namespace, metadata: ${text}}`;
const service = (spec: string): string => `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: ${spec}}`;
const ingress = (spec: string): string =>
  `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}, spec: ${spec}}`;
const route = (spec: string): string =>
  `{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: a}, spec: ${spec}}`;
const C = 'spec.containers[0]';

describe('Issues of objects other than policies:', () => {
  it.each<readonly [text: string, issues: readonly string[]]>([
    [meta('{name: a}'), []],
    [meta('{}'), ['error no-name metadata.name: a name is required']],
    [meta('null'), ['error no-name metadata.name: a name is required']],
    [
      meta('[]'),
      ['error wrong-type metadata: expected an object, got a list', 'error no-name metadata.name: a name is required'],
    ],
    [
      meta('{name: 1}'),
      [
        'error wrong-type metadata.name: expected a string, got a number: write it in quotes, "1"',
        'error no-name metadata.name: a name is required',
      ],
    ],
    [
      meta('{name: A_b}'),
      ['error invalid-name metadata.name: "A_b" is no DNS subdomain name: the API server refuses it'],
    ],
    [
      meta('{name: a, labels: {b: 1}}'),
      ['error wrong-type metadata.labels.b: expected a string, got a number: write it in quotes, "1"'],
    ],
    [meta('{name: a, annotations: text}'), ['error wrong-type metadata.annotations: expected an object, got a string']],
    [
      meta('{name: a, ownerReferences: {}}'),
      ['error wrong-type metadata.ownerReferences: expected a list, got an object'],
    ],
    [
      meta('{name: a, ownerReferences: [b]}'),
      ['error wrong-type metadata.ownerReferences[0]: expected an object, got a string'],
    ],
    [
      meta('{name: a, ownerReferences: [{kind: 1}]}'),
      ['error wrong-type metadata.ownerReferences[0].kind: expected a string, got a number: write it in quotes, "1"'],
    ],
    [pod('{}'), []],
    [pod('null'), ['error no-pod-spec spec: a pod spec is required']],
    [
      pod('[]'),
      ['error wrong-type spec: expected an object, got a list', 'error no-pod-spec spec: a pod spec is required'],
    ],
    [pod('{hostNetwork: "true"}'), ['error wrong-type spec.hostNetwork: expected a boolean, got a string']],
    [
      pod('{nodeName: 1}'),
      ['error wrong-type spec.nodeName: expected a string, got a number: write it in quotes, "1"'],
    ],
    [pod('{schedulingGates: [a]}'), ['error wrong-type spec.schedulingGates[0]: expected an object, got a string']],
    [pod('{containers: {}}'), ['error wrong-type spec.containers: expected a list, got an object']],
    [pod('{initContainers: [a]}'), ['error wrong-type spec.initContainers[0]: expected an object, got a string']],
    [
      container('{image: 1}'),
      [`error wrong-type ${C}.image: expected a string, got a number: write it in quotes, "1"`],
    ],
    [container('{command: npx}'), [`error wrong-type ${C}.command: expected a list, got a string`]],
    [
      container('{args: [true]}'),
      [`error wrong-type ${C}.args[0]: expected a string, got a boolean: write it in quotes, as it stands there`],
    ],
    [container('{env: [a]}'), [`error wrong-type ${C}.env[0]: expected an object, got a string`]],
    [container('{ports: [80]}'), [`error wrong-type ${C}.ports[0]: expected an object, got a number`]],
    [
      container('{ports: [{containerPort: "80"}]}'),
      [`error wrong-type ${C}.ports[0].containerPort: expected a whole number, got a string`],
    ],
    [
      container('{ports: [{containerPort: 80, protocol: HTTP}]}'),
      [`error invalid-port ${C}.ports[0].protocol: "HTTP" is none of TCP, UDP, SCTP`],
    ],
    [container('{livenessProbe: text}'), [`error wrong-type ${C}.livenessProbe: expected an object, got a string`]],
    [
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: []}',
      [
        'error wrong-type spec: expected an object, got a list',
        'error no-pod-spec spec.template.spec: a pod spec is required',
      ],
    ],
    [
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {}}',
      ['error no-pod-spec spec.template.spec: a pod spec is required'],
    ],
    [
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: []}}',
      [
        'error wrong-type spec.template: expected an object, got a list',
        'error no-pod-spec spec.template.spec: a pod spec is required',
      ],
    ],
    [
      '{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {}}',
      ['error no-pod-spec spec.jobTemplate.spec.template.spec: a pod spec is required'],
    ],
    [service('{selector: [a]}'), ['error wrong-type spec.selector: expected an object, got a list']],
    [service('{type: 1}'), ['error wrong-type spec.type: expected a string, got a number: write it in quotes, "1"']],
    [
      service('{ports: [{port: "80"}]}'),
      ['error wrong-type spec.ports[0].port: expected a whole number, got a string'],
    ],
    [service('{externalIPs: 198.51.100.7}'), ['error wrong-type spec.externalIPs: expected a list, got a string']],
    [
      ingress('{rules: [{http: {paths: [{backend: {service: web}}]}}]}'),
      ['error wrong-type spec.rules[0].http.paths[0].backend.service: expected an object, got a string'],
    ],
    [ingress('{ingressClassName: [mcp]}'), ['error wrong-type spec.ingressClassName: expected a string, got a list']],
    [route('{parentRefs: {name: mcp}}'), ['error wrong-type spec.parentRefs: expected a list, got an object']],
    [
      route('{rules: [{backendRefs: [web]}]}'),
      ['error wrong-type spec.rules[0].backendRefs[0]: expected an object, got a string'],
    ],
    [
      route('{rules: [{filters: [{requestMirror: {backendRef: web}}]}]}'),
      ['error wrong-type spec.rules[0].filters[0].requestMirror.backendRef: expected an object, got a string'],
    ],
    [
      '{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a}, spec: {endpointSelector: text}}',
      ['error wrong-type spec.endpointSelector: expected an object, got a string'],
    ],
  ])('%s', (text, issues) => {
    expect(issuesOf(text)).toEqual(issues);
  });
});

describe('What is absent is what the API server makes of it:', () => {
  it('an object without a namespace is in default, one of the whole cluster in none', () => {
    const namespaceOf = (text: string): unknown => {
      const decoded = read(text);
      return decoded.kind === 'object' ? decoded.object.meta.namespace : decoded.kind;
    };
    expect(namespaceOf(pod('{}'))).toBe('default');
    expect(namespaceOf('{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: ""}, spec: {}}')).toBe('default');
    expect(namespaceOf('{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: b}, spec: {}}')).toBe('b');
    expect(namespaceOf(meta('{name: a, namespace: b}'))).toBe('');
  });

  it('a namespace bears its name as a label, whatever it says itself', () => {
    const decoded = read(meta('{name: a, labels: {kubernetes.io/metadata.name: mcp-gateway}}'));
    const labels = decoded.kind === 'object' ? [...decoded.object.meta.labels] : [];
    expect(labels).toEqual([['kubernetes.io/metadata.name', 'a']]);
  });
});
