import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/app/doctor/examine.ts';
import { CONFIG } from '../cli/manifests.ts';
import { type Folder, temporaryFolder } from '../cli/run.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { documentedRules } from '../support/scan-role.ts';
import { MANIFESTS } from '../support/shipped-objects.ts';
import { sharedCluster } from './shared-cluster.ts';

/** The checklist on a real API server, by users with and without the rights that docs/doctor.md names. */

const WEBHOOKS = readFileSync(new URL('base/90-webhooks.yaml', MANIFESTS), 'utf8');

let cluster: Connection;
let folder: Folder;
let user: Awaited<ReturnType<Connection['user']>>;

beforeAll(async () => {
  cluster = sharedCluster();
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
  user = await cluster.user('physician', { rules: [...documentedRules(), ...documentedRules('docs/doctor.md')] });
});
const removeWebhooks = async (): Promise<void> => {
  for (const plural of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'])
    await cluster.request('DELETE', `/apis/admissionregistration.k8s.io/v1/${plural}/chokepoint`);
};
afterEach(removeWebhooks);
afterAll(() => {
  folder.remove();
  cluster.close();
});

const doctor = async (
  kubeconfig: string,
): Promise<{ readonly status: number; readonly checks: DoctorReport['checks'] }> => {
  const { status, stdout, stderr } = await folder.run(['doctor', '--kubeconfig', kubeconfig, '-o', 'json']);
  expect(stderr).toBe('');
  const { checks }: DoctorReport = JSON.parse(stdout);
  return { status, checks };
};
const answersOf = (checks: DoctorReport['checks'], id: string): readonly string[] =>
  checks.find(check => check.id === id)?.answers.map(({ status, says }) => `${status}: ${says}`) ?? [];
const apply = async (manifests: string): Promise<void> => {
  const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], { stdin: manifests });
  expect(code, stderr).toBe(0);
};

test('a user with the documented rights is refused nothing, and asks by get and list alone', async () => {
  const { checks } = await doctor(user.kubeconfig);
  expect(checks.flatMap(({ answers }) => answers).filter(({ says }) => says.startsWith('may not'))).toEqual([]);
  expect(answersOf(checks, 'webhook-reachable')).toEqual([
    'warn: no gate is installed: nothing is judged at admission',
  ]);
  const events = await eventually('the audit log has the calls', () => {
    const mine = cluster.auditEvents().filter(event => event.user.username === user.name);
    return mine.length > 0 ? mine : undefined;
  });
  expect([...new Set(events.map(({ verb }) => verb))].sort()).toEqual(['get', 'list']);
});

test('a user without rights is told each right that is missing', async () => {
  const nobody = await cluster.user('no-physician');
  const { status, checks } = await doctor(nobody.kubeconfig);
  expect(status).toBe(2);
  expect(answersOf(checks, 'enforcement')).toEqual([
    expect.stringContaining('unknown: may not list daemonsets.apps'),
    expect.stringContaining('unknown: may not list nodes'),
    expect.stringContaining('unknown: may not get configmaps/cilium-config in kube-system'),
    expect.stringContaining('unknown: may not get configmaps/amazon-vpc-cni in kube-system'),
  ]);
  expect(checks.map(check => check.status)).not.toContain('pass');
});

test('the shipped webhooks pass as the API server stores them', async () => {
  await apply(WEBHOOKS);
  const { checks } = await doctor(user.kubeconfig);
  expect(answersOf(checks, 'webhook-configuration')).toEqual([
    'pass: the webhooks ask about all that the shipped ones do',
  ]);
  expect(answersOf(checks, 'webhook-reachable')).toEqual([
    'fail: no Pod of the webhook is ready: namespaces that enforce refuse everything',
  ]);
});

test('a webhook that was weakened is told', async () => {
  await apply(WEBHOOKS.replace('failurePolicy: Fail', 'failurePolicy: Ignore'));
  const { status, checks } = await doctor(user.kubeconfig);
  expect(status).not.toBe(0);
  expect(answersOf(checks, 'webhook-configuration')).toEqual([
    'fail: the webhook enforce.chokepoint.dev lets everything pass when the gate is down (failurePolicy Ignore)',
  ]);
});
