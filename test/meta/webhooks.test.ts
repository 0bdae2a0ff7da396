import { expect, it } from 'vitest';
import { CALICO_GROUPS } from '../../src/core/kube/calico.ts';
import { CALICO_OBJECTS, FOREIGN_POLICY_KINDS } from '../../src/core/kube/decode-foreign.ts';
import { type ShippedObject, shippedObject, shippedObjects } from '../support/shipped-objects.ts';

const CONFIGURATIONS = shippedObjects('base/90-webhooks.yaml');
const WEBHOOKS: readonly ShippedObject[] = CONFIGURATIONS.flatMap(({ webhooks }) => webhooks);

it('the API server asks six webhooks, and nothing stands still without an answer but what could open a server', () => {
  expect(
    CONFIGURATIONS.flatMap(({ kind, webhooks }) =>
      webhooks.map(
        ({ name, clientConfig, failurePolicy, timeoutSeconds }: ShippedObject) =>
          `${kind} ${name} ${clientConfig.service.path} ${failurePolicy} ${timeoutSeconds} s`,
      ),
    ),
  ).toEqual([
    'ValidatingWebhookConfiguration enforce.chokepoint.dev /validate Fail 5 s',
    'ValidatingWebhookConfiguration observe.chokepoint.dev /validate Ignore 2 s',
    'ValidatingWebhookConfiguration enforce-namespaces.chokepoint.dev /validate Fail 5 s',
    'ValidatingWebhookConfiguration observe-namespaces.chokepoint.dev /validate Ignore 2 s',
    'ValidatingWebhookConfiguration cluster-policies.chokepoint.dev /validate Fail 5 s',
    'MutatingWebhookConfiguration prepare.chokepoint.dev /mutate Ignore 3 s',
  ]);
});

it('every webhook is safe in a dry run, sees every version of an API, and is trusted by nobody before it has a certificate', () => {
  for (const { sideEffects, matchPolicy, admissionReviewVersions, clientConfig } of WEBHOOKS) {
    expect([sideEffects, matchPolicy, admissionReviewVersions]).toEqual(['None', 'Equivalent', ['v1']]);
    expect(Object.keys(clientConfig)).toEqual(['service']);
  }
});

it('no webhook is asked about the namespaces of Kubernetes and of the gate, by the one label that nobody can forge', () => {
  const excluded = {
    key: 'kubernetes.io/metadata.name',
    operator: 'NotIn',
    values: ['kube-system', 'kube-public', 'kube-node-lease', 'chokepoint-system'],
  };
  expect(WEBHOOKS.map(({ namespaceSelector }) => namespaceSelector.matchExpressions[0])).toEqual(
    WEBHOOKS.map(() => excluded),
  );
});

it('the webhooks that fail closed and those that do not are asked about the same objects, under the same conditions', () => {
  const [enforce, observe] = WEBHOOKS;
  expect([observe?.rules, observe?.matchConditions]).toEqual([enforce?.rules, enforce?.matchConditions]);
});

/** `group/resource` of the rules of a webhook. */
const resourcesOf = ({ rules }: ShippedObject): readonly string[] =>
  rules.flatMap(({ apiGroups, resources }: ShippedObject) =>
    apiGroups.flatMap((group: string) => resources.map((resource: string) => `${group}/${resource}`)),
  );

it('every kind of policy of another API is asked about, and what gives policies their meaning: by its scope', () => {
  const plural = (kind: string): string => `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
  const kinds = [
    ...FOREIGN_POLICY_KINDS,
    ...CALICO_GROUPS.flatMap(group => CALICO_OBJECTS.map(kind => ({ group, kind }))),
    { group: 'cilium.io', kind: 'CiliumCIDRGroup' },
  ].map(({ group, kind }) => `${group}/${plural(kind)}`);
  const [enforce, , , , ofCluster] = WEBHOOKS.map(resourcesOf);
  const asked = [...(enforce ?? []), ...(ofCluster ?? [])].filter(one => kinds.includes(one));
  expect(asked.toSorted()).toEqual(kinds.toSorted());
  expect(ofCluster?.filter(one => !kinds.includes(one))).toEqual([]);
});

it('the Service that they are asked by leads to the Pods of the webhook alone', () => {
  const { metadata, spec } = shippedObject('base/50-service.yaml', 'Service', 'chokepoint');
  const { name, namespace } = metadata;
  const [port] = spec.ports;
  for (const { clientConfig } of WEBHOOKS) {
    const { path: _path, ...service } = clientConfig.service;
    expect(service).toEqual({ namespace, name, port: port.port });
  }
  const { template } = shippedObject('base/60-webhook.yaml', 'Deployment', 'chokepoint-webhook').spec;
  expect(spec.selector).toEqual(template.metadata.labels);
  expect(template.spec.containers[0].ports).toContainEqual({
    name: port.targetPort,
    containerPort: 8443,
    protocol: 'TCP',
  });
});
