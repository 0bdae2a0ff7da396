import { load } from 'js-yaml';
import { createPick, deployment, faultyPolicy, networkPolicy, type Pick, server } from './generate.ts';

type Json = Readonly<Record<string, unknown>>;

/** One sort of request that a gate is asked about: many bodies of it, no two alike, and how each is answered. */
export interface ReviewKind {
  readonly name: string;
  readonly bodies: readonly string[];
  readonly isAllowed: boolean;
}

/** A cluster, and what is asked in it. */
export interface ReviewSet {
  readonly world: readonly Json[];
  readonly kinds: readonly ReviewKind[];
}

const NAMESPACES = 64;
const SERVERS_OF_NAMESPACE = 10;

interface Named extends Json {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string } & Json;
}

/** An annotation by which an object differs from what it was before, and what it is at first: a body bears it once. A Pod bears it in its name. */
const REVISION = 'example.com/revision';
const FIRST_REVISION = '10000000';

/** Annotations of an object that has such an annotation among others. */
export const withRevision = (annotations: Json | undefined): Json => ({ ...annotations, [REVISION]: FIRST_REVISION });

/** The bytes of a body with another revision of its object each time that it is asked for, all of one length: nobody has seen it before. */
export function revisions(body: Buffer): () => Buffer {
  const places: number[] = [];
  for (let at = body.indexOf(FIRST_REVISION); at >= 0; at = body.indexOf(FIRST_REVISION, at + 1)) places.push(at);
  let last = 0;
  return () => {
    last += 1;
    for (const place of places) body.write(String(last).padStart(FIRST_REVISION.length, '0'), place);
    return body;
  };
}

/** What differs in a body between reviews that say the same: the ends of the uids of the review and of the new object, which are alike here. */
const UID = /"uid":"(?=705ab4f5-)/g;
const UID_LENGTH = 36;
const COUNTER_LENGTH = 8;

/** The bytes of a body with other uids each time that it is asked for, all of one length: a review that says the same as the one before. */
export function repetitions(body: Buffer): () => Buffer {
  const ends = Array.from(
    body.toString('latin1').matchAll(UID),
    ({ index, 0: found }) => index + found.length + UID_LENGTH,
  );
  let last = 0;
  return () => {
    last += 1;
    for (const end of ends) body.write(String(last).padStart(COUNTER_LENGTH, '0'), end - COUNTER_LENGTH);
    return body;
  };
}

/** What kubectl adds to an object: the annotation that holds it again. */
const applied = (object: Named): Json => ({
  [REVISION]: FIRST_REVISION,
  'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(object)}\n`,
});

/** What kubectl, or the controller of a Pod, and the API server add to an object: annotations, and who wrote which fields. */
function stored(object: Named, uid: string): Named {
  const fieldsOf = (value: unknown): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? {}
      : Object.fromEntries(Object.entries(value).map(([key, part]) => [`f:${key}`, fieldsOf(part)]));
  const { spec, metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      uid,
      resourceVersion: '418',
      generation: 1,
      creationTimestamp: '2026-11-02T09:14:31Z',
      ...(object.kind !== 'Pod' && { annotations: applied(object) }),
      managedFields: [
        {
          manager: 'kubectl-client-side-apply',
          operation: 'Update',
          apiVersion: object.apiVersion,
          time: '2026-11-02T09:14:31Z',
          fieldsType: 'FieldsV1',
          fieldsV1: fieldsOf({ metadata: { labels: metadata.labels, annotations: {} }, spec }),
        },
      ],
    },
  };
}

/** The body of a creation as an API server sends it. */
function creation(object: Named, uid: string): string {
  const [group = '', version = ''] = object.apiVersion.includes('/')
    ? object.apiVersion.split('/')
    : ['', object.apiVersion];
  const kind = { group, version, kind: object.kind };
  const plural = object.kind === 'NetworkPolicy' ? 'networkpolicies' : `${object.kind.toLowerCase()}s`;
  const resource = { group, version, resource: plural };
  const { name, namespace } = object.metadata;
  const request = {
    uid,
    ...{ kind, resource, requestKind: kind, requestResource: resource, name, namespace, operation: 'CREATE' },
    userInfo: { username: 'alice@example.com', groups: ['developers', 'system:authenticated'] },
    ...{ object: stored(object, uid), oldObject: null, dryRun: false },
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'kubectl-client-side-apply' },
  };
  return JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });
}

const uidOf = (kind: number, index: number): string =>
  `705ab4f5-6393-11e8-${kind.toString(16).padStart(4, '0')}-${index.toString(16).padStart(12, '0')}`;

const read = (text: string): Named => load(text) as Named;

/** What the API server adds to the spec of each Pod: the token of its account, in a volume with a name of its own. */
function withToken(spec: Json): Json {
  const name = 'kube-api-access-x2x7q';
  const mount = { name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  ];
  const containers = spec.containers as readonly Json[];
  return {
    ...spec,
    volumes: [...((spec.volumes as readonly Json[] | undefined) ?? []), { name, projected: { sources } }],
    containers: containers.map(one => ({
      ...one,
      volumeMounts: [...((one.volumeMounts as readonly Json[] | undefined) ?? []), mount],
    })),
  };
}

/** What the Deployment controller and the ReplicaSet controller make of a Deployment. */
function madeOf(controller: Named, suffix: string): { readonly replicaSet: Named; readonly pod: Named } {
  const { name, namespace, labels } = controller.metadata;
  const { selector, template } = controller.spec as {
    selector: Json;
    template: { metadata: { labels: Json }; spec: Json };
  };
  const hashed = { ...template.metadata.labels, 'pod-template-hash': '6b9f7c5d8' };
  const owner = (kind: string, of: string) => [
    { apiVersion: 'apps/v1', kind, name: of, uid: `uid-${of}`, controller: true },
  ];
  const set = `${name}-6b9f7c5d8`;
  return {
    replicaSet: {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: set, namespace, labels, ownerReferences: owner('Deployment', name) },
      spec: { replicas: 1, selector, template: { metadata: { labels: hashed }, spec: template.spec } },
    },
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${set}-${suffix}`, namespace, labels: hashed, ownerReferences: owner('ReplicaSet', set) },
      spec: withToken(template.spec),
    },
  };
}

/** Servers of one namespace by their numbers: those below this one are closed by a policy, the others have a faulty one. */
const CLOSED = 8;

function namespaceObjects(space: string, pick: Pick): readonly Named[] {
  const namespace: Named = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: space, namespace: '' } };
  const servers = Array.from({ length: SERVERS_OF_NAMESPACE }, (_, index) => {
    const name = `server-${index}`;
    const controller = read(server(name, space, pick));
    const policy = read((index < CLOSED ? networkPolicy : faultyPolicy)(name, space, pick));
    const { replicaSet, pod } = madeOf(controller, 'x2x7q');
    return [controller, policy, replicaSet, pod];
  });
  return [namespace, ...servers.flat()];
}

/** A policy that opens something: one that only forgets the egress leaves what was open before, and is let in. */
function openingPolicy(name: string, space: string, pick: Pick): string {
  const text = faultyPolicy(name, space, pick);
  return text.includes('egress:') ? text : openingPolicy(name, space, pick);
}

/** Every body of a kind is of another namespace, and of another server there. */
const many = (make: (space: string, closed: string, open: string) => Named, kind: number): readonly string[] =>
  Array.from({ length: NAMESPACES }, (_, index) => {
    const [closed, open] = [`server-${index % CLOSED}`, `server-${CLOSED + (index % (SERVERS_OF_NAMESPACE - CLOSED))}`];
    return creation(make(`team-${index}`, closed, open), uidOf(kind, index));
  });

/** The same for the same seed. */
export function reviewSet(seed: number): ReviewSet {
  const pick = createPick(seed);
  const world = Array.from({ length: NAMESPACES }, (_, index) => namespaceObjects(`team-${index}`, pick)).flat();
  const find = (kind: string, space: string, name: string): Named => {
    const found = world.find(
      ({ kind: of, metadata }) => of === kind && metadata.namespace === space && metadata.name === name,
    );
    if (found === undefined) throw new Error(`there is no ${kind} ${space}/${name}`);
    return found;
  };
  const kinds: readonly (readonly [string, boolean, Parameters<typeof many>[0]])[] = [
    ['harmless Deployment', true, space => read(deployment('web', space, pick))],
    ['allowed server', true, (space, closed) => find('Deployment', space, closed)],
    ['refused server', false, (space, _, open) => find('Deployment', space, open)],
    ['allowed policy', true, (space, closed) => read(networkPolicy(closed, space, pick))],
    ['refused policy', false, (space, closed) => read(openingPolicy(closed, space, pick))],
    [
      'Pod of a known ReplicaSet',
      true,
      (space, closed) => madeOf(find('Deployment', space, closed), FIRST_REVISION).pod,
    ],
  ];
  return {
    world: [...world],
    kinds: kinds.map(([name, isAllowed, make], kind) => ({ name, isAllowed, bodies: many(make, kind) })),
  };
}
