import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { readGatePolicy } from '../../src/adapters/config/document.ts';
import { DEFAULT_DRAIN } from '../../src/adapters/http/drain.ts';
import { temporaryFolder } from '../cli/run.ts';
import { parsedServer } from '../support/command-line.ts';
import {
  DEPLOYMENTS,
  MANIFESTS,
  type ShippedObject,
  shippedObject,
  shippedObjects,
} from '../support/shipped-objects.ts';

const deployed = DEPLOYMENTS.map(deployment => [deployment.metadata.name, deployment] as const);
const podOf = ({ spec }: ShippedObject) => spec.template.spec;
const containerOf = (deployment: ShippedObject) => podOf(deployment).containers[0];

describe('the base', () => {
  it('takes in every file of its folder, in order', () => {
    const files = readdirSync(new URL('base/', MANIFESTS)).filter(file => file !== 'kustomization.yaml');
    const [base] = shippedObjects('base/kustomization.yaml');
    expect(base?.resources).toEqual(files.toSorted());
  });

  it('has a configuration that is accepted as it stands, and audits', () => {
    const { data } = shippedObject('base/30-configuration.yaml', 'ConfigMap', 'chokepoint');
    expect(Object.keys(data)).toEqual(['chokepoint.yaml']);
    const { policy, problems } = readGatePolicy(data['chokepoint.yaml'], 'chokepoint.yaml');
    expect(problems).toEqual([]);
    expect([policy?.mode, policy?.absentPolicy]).toEqual(['audit', 'create']);
  });

  it('is nothing that check would deny, with all objects that can be added to it', async () => {
    const at = temporaryFolder();
    const folders = ['base', 'components'].map(folder => fileURLToPath(new URL(folder, MANIFESTS)));
    const { status, stdout, stderr } = await at.run(['check', '--no-render', '--output', 'json', ...folders]);
    at.remove();
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      summary: { servers: 0, deny: 0, warn: 0, undetermined: 0 },
      problems: [],
    });
  });
});

const SHARED = {
  host: '$(POD_IP)',
  healthPort: 8080,
  config: '/etc/chokepoint/config/chokepoint.yaml',
  staleAfter: 30,
};

describe('the command line', () => {
  it('of the webhook is what is meant', async () => {
    const [webhook = expect.fail()] = DEPLOYMENTS;
    expect(await parsedServer(containerOf(webhook).args)).toEqual({
      ...SHARED,
      port: 8443,
      tlsCert: '/etc/chokepoint/tls/tls.crt',
      tlsKey: '/etc/chokepoint/tls/tls.key',
      recordFsync: 'none',
      controllerUser: 'system:serviceaccount:chokepoint-system:chokepoint-controller',
      enforcedNamespaces: '/etc/chokepoint/namespaces/namespaces.json',
    });
  });

  it('of the controller is what is meant', async () => {
    const [, controller = expect.fail()] = DEPLOYMENTS;
    const expected = { ...SHARED, namespace: 'chokepoint-system', manageCertificates: true };
    expect(await parsedServer(containerOf(controller).args)).toEqual(expected);
  });
});

describe.each(deployed)('the Pods of %s', (_name, deployment) => {
  const pod = podOf(deployment);
  const container = containerOf(deployment);
  const labels: Readonly<Record<string, string>> = deployment.spec.template.metadata.labels;

  it('run the image of this version', () => {
    expect([container.image, container.imagePullPolicy]).toEqual([`chokepoint:${packageJson.version}`, 'IfNotPresent']);
  });

  it('are killed only where they answer nothing, and asked only where they say that they are ready', () => {
    expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'health' });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'health' });
    expect(container.startupProbe).toBeUndefined();
  });

  it('say in their status why they did not start', () => {
    expect(container.terminationMessagePolicy).toBe('FallbackToLogsOnError');
  });

  it('say what they need, have no limit of CPU, and are the last to be evicted', () => {
    expect(Object.keys(container.resources.requests).toSorted()).toEqual(['cpu', 'memory']);
    expect(Object.keys(container.resources.limits)).toEqual(['memory']);
    expect(pod.priorityClassName).toBe('system-cluster-critical');
  });

  it('write nothing on their disk and have no rights on their node', () => {
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.volumeMounts.every(({ readOnly }: { readonly readOnly?: boolean }) => readOnly)).toBe(true);
  });

  it('are two, go one after another, and spread', () => {
    const { replicas, selector, strategy } = deployment.spec;
    const name = deployment.metadata.name.replace('chokepoint-', '');
    const file = name === 'webhook' ? 'base/60-webhook.yaml' : 'base/61-controller.yaml';
    const budget = shippedObject(file, 'PodDisruptionBudget', deployment.metadata.name).spec;
    expect([replicas, strategy.rollingUpdate]).toEqual([2, { maxUnavailable: 0, maxSurge: 1 }]);
    expect([budget.maxUnavailable, budget.unhealthyPodEvictionPolicy]).toEqual([1, 'AlwaysAllow']);
    expect([selector.matchLabels, budget.selector.matchLabels]).toEqual([labels, labels]);
    expect(
      pod.topologySpreadConstraints.map((one: ShippedObject) => [one.topologyKey, one.labelSelector.matchLabels]),
    ).toEqual([
      ['kubernetes.io/hostname', labels],
      ['topology.kubernetes.io/zone', labels],
    ]);
  });
});

describe('the times of the webhook', () => {
  const [webhook = expect.fail()] = DEPLOYMENTS;
  const { readinessProbe } = containerOf(webhook);

  it('let it drain before it is killed', () => {
    const drainMs = DEFAULT_DRAIN.delayMs + DEFAULT_DRAIN.graceMs;
    expect(podOf(webhook).terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(drainMs + 5000);
  });

  it('keep it answering until its probe has said that it is not ready', () => {
    const { periodSeconds, failureThreshold, timeoutSeconds } = readinessProbe;
    expect(DEFAULT_DRAIN.delayMs).toBeGreaterThan((periodSeconds * failureThreshold + timeoutSeconds) * 1000);
  });

  it('let it answer what it was asked last', () => {
    const timeouts = shippedObjects('base/90-webhooks.yaml').flatMap(({ webhooks }) =>
      webhooks.map(({ timeoutSeconds }: { readonly timeoutSeconds: number }) => timeoutSeconds),
    );
    expect(DEFAULT_DRAIN.graceMs).toBeGreaterThanOrEqual(Math.max(...timeouts) * 1000);
  });
});
