/** The shape of a generated set of manifests. */
export interface ManifestShape {
  /** Objects in all; each file holds about `objects / files` of them as YAML documents. */
  readonly objects: number;
  readonly files: number;
  /** The same seed gives the same text. */
  readonly seed: number;
}

/** Numbers from 0 up to `below`. */
export type Pick = (below: number) => number;

const NAMES = ['search', 'weather', 'tickets', 'files', 'calendar', 'browser', 'sql', 'wiki', 'mail', 'maps'];

/** Of this many servers' policies one is faulty. */
const FAULTY_SHARE = 5;

/** What stands beside the servers in a repository of manifests; the share of each is its share of this list. */
const OTHERS: readonly ((name: string, namespace: string, pick: Pick) => string)[] = [
  deployment,
  deployment,
  service,
  service,
  configMap,
  networkPolicy,
  pod,
  namespace,
];

/** One object of a set, and what the generator knows of it. */
export interface GeneratedObject {
  /** Path of the file that holds it. */
  readonly file: string;
  readonly namespace: string;
  readonly name: string;
  readonly role: 'server' | 'policy' | 'other';
  /** How the policy leaves its server open, a name of {@link FAULTS}; absent: it closes it, or the object is none. */
  readonly fault?: string;
  readonly text: string;
}

/** A third servers, a third their policies, a third anything else. */
function generateObject(index: number, space: string, pick: Pick): Omit<GeneratedObject, 'file' | 'namespace'> {
  const serverIndex = Math.floor(index / 3);
  const name = `${NAMES[serverIndex % NAMES.length]}-${serverIndex}`;
  if (index % 3 === 0) return { name, role: 'server', text: server(name, space, pick) };
  if (index % 3 === 1) {
    if (pick(FAULTY_SHARE) > 0) return { name, role: 'policy', text: networkPolicy(name, space, pick) };
    const fault = pickFault(pick);
    return { name, role: 'policy', fault, text: policyWithFault(fault, name, space, pick) };
  }
  const other = `app-${index}`;
  return { name: other, role: 'other', text: (OTHERS[pick(OTHERS.length)] ?? deployment)(other, space, pick) };
}

/**
 * Yields the objects of manifests such as charts render, a folder for each namespace. A third are MCP servers, each followed by its policy, one in five of
 * which has one of the {@link FAULTS}; where a namespace ends between the two, the server has no policy.
 */
export function* generateObjects(shape: ManifestShape): Generator<GeneratedObject> {
  const pick = createPick(shape.seed);
  let done = 0;
  for (let index = 0; index < shape.files; index += 1) {
    const end = Math.round(((index + 1) * shape.objects) / shape.files);
    const namespace = `team-${Math.floor(index / 20)}`;
    const file = `${namespace}/app-${index}.yaml`;
    for (; done < end; done += 1) yield { file, namespace, ...generateObject(done, namespace, pick) };
  }
}

/** The files of a set, by path. */
export const generateManifests = (shape: ManifestShape): ReadonlyMap<string, string> => filesOf(generateObjects(shape));

/** The files that hold these objects, by path, each as YAML documents; every file ends with a line break. */
export function filesOf(objects: Iterable<GeneratedObject>): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { file, text } of objects) {
    const before = files.get(file);
    files.set(file, before === undefined ? text : `${before}---\n${text}`);
  }
  return files;
}

/** mulberry32: small, fast, the same everywhere. */
export function createPick(seed: number): Pick {
  let state = seed >>> 0;
  return below => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function metadata(name: string, space: string): string {
  return `metadata:
  name: ${name}
  namespace: ${space}
  labels:
    app.kubernetes.io/name: ${name}
    app.kubernetes.io/instance: ${space}-release
    app.kubernetes.io/version: "1.4.2"
    app.kubernetes.io/managed-by: Helm
  annotations:
    meta.helm.sh/release-name: ${space}-release
`;
}

/** Of a server, by the number at the end of its name. */
const portOf = (name: string): number => 8000 + (Number(/\d+$/.exec(name)?.[0] ?? 0) % 100);

function podSpec(name: string, pick: Pick, indent: string): string {
  const port = portOf(name);
  const text = `serviceAccountName: ${name}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  seccompProfile:
    type: RuntimeDefault
containers:
- name: server
  image: registry.example.com/apps/${name}:1.4.${pick(30)}
  imagePullPolicy: IfNotPresent
  args: ["--port", "${port}", "--log-level=info"]
  env:
  - name: POD_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  - name: LISTEN
    value: "0.0.0.0:${port}"
  ports:
  - name: http
    containerPort: ${port}
    protocol: TCP
  readinessProbe:
    httpGet: {path: /ready, port: http}
    periodSeconds: 10
  resources:
    requests: {cpu: 100m, memory: 128Mi}
    limits: {memory: ${128 * (1 + pick(4))}Mi}
  securityContext:
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
  volumeMounts:
  - name: config
    mountPath: /etc/${name}
volumes:
- name: config
  configMap:
    name: ${name}
`;
  return text.replace(/^(?=.)/gm, indent);
}

/** A Deployment of an MCP server: declared by a label, or known by its image and its port. */
export function server(name: string, space: string, pick: Pick): string {
  const [label, image] =
    pick(3) === 0 ? ['', 'mcp/'] : ['        chokepoint.dev/mcp-server: "true"\n', 'registry.example.com/'];
  const spec = podSpec(name, pick, '      ')
    .replace(/registry\.example\.com\/\w+\//, image)
    .replaceAll('- name: http', '- name: mcp');
  return workload(name, space, pick, label, spec.replace('port: http', 'port: mcp'));
}

export function deployment(name: string, space: string, pick: Pick): string {
  return workload(name, space, pick, '', podSpec(name, pick, '      '));
}

function workload(name: string, space: string, pick: Pick, podLabels: string, spec: string): string {
  return `# ${name}: rendered from templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
${metadata(name, space)}spec:
  replicas: ${1 + pick(3)}
  selector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${name}
${podLabels}    spec:
${spec}`;
}

function pod(name: string, space: string, pick: Pick): string {
  return `apiVersion: v1\nkind: Pod\n${metadata(name, space)}spec:\n${podSpec(name, pick, '  ')}`;
}

function service(name: string, space: string, pick: Pick): string {
  return `apiVersion: v1
kind: Service
${metadata(name, space)}spec:
  type: ClusterIP
  selector:
    app.kubernetes.io/name: ${name}
  ports:
  - name: http
    port: ${80 + pick(10)}
    targetPort: http
    protocol: TCP
`;
}

function configMap(name: string, space: string, pick: Pick): string {
  const lines = Array.from(
    { length: 8 },
    (_, line) => `    option-${line} = value-${pick(1000)} # as the operators asked`,
  );
  return `apiVersion: v1\nkind: ConfigMap\n${metadata(name, space)}data:\n  server.conf: |\n${lines.join('\n')}\n`;
}

function namespace(name: string, space: string): string {
  return `apiVersion: v1
kind: Namespace
metadata:
  name: ${space}-${name}
  labels:
    kubernetes.io/metadata.name: ${space}-${name}
    pod-security.kubernetes.io/enforce: restricted
`;
}

/** What a policy lets through, as YAML of the fields of its spec. */
interface PolicyText {
  readonly types: string;
  readonly ingress: string;
  readonly egress: string;
}

const peer = (namespaceLabel: string, podLabel: string, item = ''): string => `    - namespaceSelector:
        matchLabels:
          ${namespaceLabel}
    ${item || ' '} podSelector:
        matchLabels:
          ${podLabel}
`;

const from = (peers: string, port: number): string => `  - from:
${peers}    ports:
    - protocol: TCP
      port: ${port}
`;

const DNS = `  - to:
${peer('kubernetes.io/metadata.name: kube-system', 'k8s-app: kube-dns')}    ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
`;

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];
const LINK_LOCAL = '169.254.0.0/16';
/** Metadata addresses of Azure and Oracle, which half of the policies think of. */
const OTHER_METADATA = ['168.63.129.16/32', '192.0.0.192/32'];

const internet = (excepts: readonly string[]): string => `  - to:
    - ipBlock:
        cidr: 0.0.0.0/0
${excepts.length > 0 ? `        except:\n${excepts.map(block => `        - ${block}\n`).join('')}` : ''}    ports:
    - protocol: TCP
      port: 443
`;

const GATEWAY = peer('kubernetes.io/metadata.name: envoy-gateway-system', 'app.kubernetes.io/name: envoy');

/** Closed but for the gateway and the internet; no two are quite the same. */
function closed(port: number, pick: Pick): PolicyText {
  const own = Array.from({ length: pick(4) }, () => `203.0.${pick(256)}.${pick(256)}/32`);
  return {
    types: '[Ingress, Egress]',
    ingress: from(GATEWAY, port),
    egress: DNS + internet([...PRIVATE, LINK_LOCAL, ...(pick(2) === 0 ? OTHER_METADATA : []), ...own]),
  };
}

/** What a fault makes of a policy that is closed. */
type Fault = (policy: PolicyText, port: number, pick: Pick) => PolicyText;

/** Eight ways in which policies that were meant well leave a server open. */
const FAULTS: Readonly<Record<string, Fault>> = {
  'any source': (policy, port) => ({ ...policy, ingress: `  - ports:\n    - port: ${port}\n` }),
  'two list items': (policy, port) => ({
    ...policy,
    ingress: from(
      peer('kubernetes.io/metadata.name: envoy-gateway-system', 'app.kubernetes.io/name: envoy', '-'),
      port,
    ),
  }),
  'forgeable namespace': (policy, port, pick) => ({
    ...policy,
    ingress: from(peer(`team: platform-${pick(9)}`, 'app.kubernetes.io/name: envoy'), port),
  }),
  'address block': (policy, port, pick) => ({
    ...policy,
    ingress: from(`    - ipBlock: {cidr: 10.${pick(256)}.0.0/16}\n`, port),
  }),
  'no excepts': policy => ({ ...policy, egress: DNS + internet([]) }),
  'metadata open': policy => ({ ...policy, egress: DNS + internet(PRIVATE) }),
  'any pod': policy => ({ ...policy, egress: `${DNS}  - to:\n    - namespaceSelector: {}\n` }),
  'egress forgotten': policy => ({ ...policy, types: '[Ingress]', egress: '' }),
};

function pickFault(pick: Pick): string {
  const names = Object.keys(FAULTS);
  return names[pick(names.length)] ?? '';
}

function policyText(name: string, space: string, { types, ingress, egress }: PolicyText): string {
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
${metadata(name, space)}spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  policyTypes: ${types}
  ingress:
${ingress}${egress && `  egress:\n${egress}`}`;
}

/** The policy that closes a server of the same name. */
export function networkPolicy(name: string, space: string, pick: Pick): string {
  return policyText(name, space, closed(portOf(name), pick));
}

/** One with one of the {@link FAULTS}. */
export function faultyPolicy(name: string, space: string, pick: Pick): string {
  return policyWithFault(pickFault(pick), name, space, pick);
}

function policyWithFault(fault: string, name: string, space: string, pick: Pick): string {
  const port = portOf(name);
  const open = FAULTS[fault] ?? (policy => policy);
  return policyText(name, space, open(closed(port, pick), port, pick));
}
