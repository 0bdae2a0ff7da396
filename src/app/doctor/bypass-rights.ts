import { type Fields, objectsAt, textAt, textsAt } from '../../core/kube/reading.ts';
import { listed } from '../../core/listed.ts';
import { type Answer, pass, type Seen, warn } from './check.ts';
import { namespaceOf, placeOf } from './fields.ts';

/** A right that leads past the gate (docs/rights.md). */
interface BypassRight {
  readonly verbs: readonly string[];
  /** Of the API group, or of the core group. */
  readonly group: string;
  readonly resources: readonly string[];
  /** What whoever has it can do. */
  readonly can: string;
  /** It counts in every namespace; absent: where it is granted, in the whole cluster alone, or in the gate's namespace. */
  readonly inGate?: true;
}

const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection'];

const RIGHTS: readonly BypassRight[] = [
  {
    verbs: WRITE,
    group: 'admissionregistration.k8s.io',
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    can: 'have the API server ask the gate no more',
  },
  {
    verbs: ['impersonate'],
    group: '',
    resources: ['users', 'groups', 'serviceaccounts'],
    can: 'act as the controller',
  },
  { verbs: ['create'], group: '', resources: ['serviceaccounts/token'], can: 'act as the controller', inGate: true },
  { verbs: ['create', 'get'], group: '', resources: ['nodes/proxy'], can: 'reach every Pod by its kubelet' },
  {
    verbs: ['create', 'get'],
    group: '',
    resources: ['pods/portforward', 'pods/proxy', 'services/proxy', 'pods/exec', 'pods/attach'],
    can: 'reach servers through the API server, past every NetworkPolicy',
  },
  { verbs: WRITE, group: 'chokepoint.dev', resources: ['gatepolicies'], can: 'say what is closed, and for whom' },
  { verbs: WRITE, group: '', resources: ['configmaps'], can: "change the gate's configuration", inGate: true },
];

const isOneOf = (all: readonly string[], some: readonly string[]): boolean =>
  all.includes('*') || some.some(one => all.includes(one));

/** `pods/*` and `*` stand for all of theirs. */
const namesResource = (all: readonly string[], resources: readonly string[]): boolean =>
  isOneOf(all, resources) ||
  resources.some(one => one.includes('/') && all.includes(`*/${one.slice(one.indexOf('/') + 1)}`));

const grants =
  ({ verbs, group, resources }: BypassRight) =>
  (rule: Fields): boolean =>
    isOneOf(textsAt(rule, 'verbs'), verbs) &&
    isOneOf(textsAt(rule, 'apiGroups'), [group]) &&
    namesResource(textsAt(rule, 'resources'), resources);

const isEverything = (rule: Fields): boolean =>
  ['verbs', 'apiGroups', 'resources'].every(field => textsAt(rule, field).includes('*'));

/** One binding, with what it binds and to whom. */
interface Bound {
  readonly binding: string;
  /** Empty: in the whole cluster. */
  readonly namespace: string;
  readonly rules: readonly Fields[];
  readonly subjects: readonly string[];
}

/** Kubernetes' own parts, and ours: they have what they need. */
function isExpected(subject: Fields, gateNamespace: string): boolean {
  const [kind, name, namespace] = ['kind', 'name', 'namespace'].map(field => textAt(subject, field)) as [
    string,
    string,
    string,
  ];
  if (kind === 'ServiceAccount') return namespace === 'kube-system' || namespace === gateNamespace;
  return name.startsWith('system:') && name !== 'system:authenticated' && name !== 'system:unauthenticated';
}

const subjectText = (subject: Fields): string => {
  const namespace = textAt(subject, 'namespace');
  return `${textAt(subject, 'kind')} ${namespace === '' ? '' : `${namespace}/`}${textAt(subject, 'name')}`;
};

function boundIn(seen: Seen): readonly Bound[] {
  const rolesOf = (name: 'clusterRoles' | 'roles') =>
    new Map(seen.objects(name).map(one => [placeOf(one), one] as const));
  const [clusterRoles, roles] = [rolesOf('clusterRoles'), rolesOf('roles')];
  return [...seen.objects('clusterRoleBindings'), ...seen.objects('roleBindings')].map(binding => {
    const namespace = namespaceOf(binding);
    const role = textAt(binding, 'roleRef.name');
    const found =
      textAt(binding, 'roleRef.kind') === 'Role' ? roles.get(`${namespace}/${role}`) : clusterRoles.get(role);
    const subjects = objectsAt(binding, 'subjects').filter(one => !isExpected(one, seen.gateNamespace));
    return {
      binding: `${namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding'} ${placeOf(binding)}`,
      namespace,
      rules: found === undefined ? [] : objectsAt(found, 'rules'),
      subjects: subjects.map(subjectText),
    };
  });
}

/** Namespaces that enforce, by their label. */
function enforcedNamespaces({ world }: Seen): ReadonlySet<string> {
  const label = 'chokepoint.dev/mode';
  return new Set(
    world.namespaceNames().filter(name => world.namespace(name).namespace?.meta.labels.get(label) === 'enforce'),
  );
}

/** Whether a right that is bound there leads past the gate. */
function counts({ inGate }: BypassRight, { namespace }: Bound, seen: Seen, enforced: ReadonlySet<string>): boolean {
  if (namespace === '') return true;
  return inGate ? namespace === seen.gateNamespace : enforced.has(namespace);
}

/** Who could pass the gate by, besides cluster administrators and Kubernetes' own parts. */
export function bypassRights(seen: Seen): readonly Answer[] {
  const bound = boundIn(seen).filter(({ subjects }) => subjects.length > 0);
  const enforced = enforcedNamespaces(seen);
  const isAdmin = ({ namespace, rules }: Bound): boolean => namespace === '' && rules.some(isEverything);
  const admins = [...new Set(bound.filter(isAdmin).flatMap(({ subjects }) => subjects))];
  const answers = RIGHTS.flatMap((right): readonly Answer[] => {
    const holders = bound.filter(
      one => !isAdmin(one) && counts(right, one, seen, enforced) && one.rules.some(grants(right)),
    );
    const texts = [...new Set(holders.flatMap(({ binding, subjects }) => subjects.map(one => `${one} (${binding})`)))];
    if (texts.length === 0) return [];
    const remedy = `take ${right.verbs.slice(0, 2).join(' and ')} on ${right.resources.slice(0, 2).join(' and ')} away where it is not needed (docs/rights.md)`;
    return [warn(`${texts.length} can ${right.can}: ${listed(texts, 5)}`, remedy)];
  });
  const told =
    admins.length === 0
      ? 'nobody but Kubernetes itself is bound to a role that may do everything'
      : `${admins.length} may do everything, and so pass the gate by: ${listed(admins, 5)}`;
  return [...answers, pass(told)];
}
