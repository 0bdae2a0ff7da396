import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterAddress } from './address.ts';
import { type Credentials, ensure, expectOk, type Request } from './client.ts';
import { kubeconfig } from './components.ts';
import { clientPair } from './pki.ts';

/** One entry of `rules` of a Role (rbac.authorization.k8s.io/v1). */
export interface RbacRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

export interface UserOptions {
  readonly groups?: readonly string[];
  /** Exactly what the user may do; absent means what Kubernetes grants everybody who is authenticated. */
  readonly rules?: readonly RbacRule[];
  /** Grants the rules in this namespace alone; absent means in the whole cluster. */
  readonly namespace?: string;
}

/** Someone who is known to the cluster. */
export interface User {
  /** As admission and the audit log see it. */
  readonly name: string;
  readonly kubeconfig: string;
  readonly request: Request;
}

interface Subject {
  readonly kind: 'User' | 'ServiceAccount';
  readonly name: string;
  readonly namespace?: string;
  readonly apiGroup?: string;
}

const RBAC = 'rbac.authorization.k8s.io';

/** A role with these rules and its binding, named after the subject. */
async function grant(
  request: Request,
  subject: Subject,
  rules: readonly RbacRule[],
  namespace: string | undefined,
): Promise<void> {
  const prefix = namespace === undefined ? 'Cluster' : '';
  const base = `/apis/${RBAC}/v1${namespace === undefined ? '' : `/namespaces/${namespace}`}`;
  const metadata = { name: `test:${subject.namespace ?? 'user'}:${subject.name}`, ...(namespace && { namespace }) };
  const apiVersion = `${RBAC}/v1`;
  const roleRef = { apiGroup: RBAC, kind: `${prefix}Role`, name: metadata.name };
  const [roles, bindings] = [`${prefix.toLowerCase()}roles`, `${prefix.toLowerCase()}rolebindings`];
  expectOk(await request('POST', `${base}/${roles}`, { apiVersion, kind: `${prefix}Role`, metadata, rules }));
  const binding = { apiVersion, kind: `${prefix}RoleBinding`, metadata, roleRef, subjects: [subject] };
  expectOk(await request('POST', `${base}/${bindings}`, binding));
}

/** What making a user takes. */
export interface UserNeeds {
  readonly address: ClusterAddress;
  /** As the administrator. */
  readonly request: Request;
  readonly requestAs: (credentials: Credentials) => Request;
}

function known({ address, requestAs }: UserNeeds, name: string, credentials: Credentials): User {
  const path = join(address.folder, `user-${name.replace(/[^\w.-]/g, '_')}.kubeconfig`);
  writeFileSync(path, kubeconfig(address.port, address.authority.cert, credentials), { mode: 0o600 });
  return { name, kubeconfig: path, request: requestAs(credentials) };
}

/** A person, by a client certificate. */
export async function createUser(needs: UserNeeds, name: string, options: UserOptions = {}): Promise<User> {
  const { groups = [], rules, namespace } = options;
  const subject: Subject = { kind: 'User', name, apiGroup: RBAC };
  if (rules) await grant(needs.request, subject, rules, namespace);
  return known(needs, name, clientPair(needs.address.authority, name, groups));
}

/** A service account, by a token that is bound to nothing and lasts two hours. Its namespace is made where it is absent. */
export async function createServiceAccount(
  needs: UserNeeds,
  namespace: string,
  name: string,
  rules?: readonly RbacRule[],
): Promise<User> {
  const { request } = needs;
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await ensure(request, '/api/v1/namespaces', { metadata: { name: namespace } });
  await ensure(request, accounts, { metadata: { name } });
  if (rules) await grant(request, { kind: 'ServiceAccount', name, namespace }, rules, undefined);
  const answer = await request('POST', `${accounts}/${name}/token`, { spec: { expirationSeconds: 7200 } });
  const token: string = expectOk(answer, 'TokenRequest').body.status.token;
  return known(needs, `system:serviceaccount:${namespace}:${name}`, { token });
}
