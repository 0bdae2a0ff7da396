/** The shape of a generated set of manifests. */
export interface ManifestShape {
  /** Objects in all; each file holds about `objects / files` of them as YAML documents. */
  readonly objects: number;
  readonly files: number;
  /** The same seed gives the same text. */
  readonly seed: number;
}

/** The set that reading is measured with: 10,003 objects in 3,281 files, 8.7 MB. */
export const READING_SHAPE: ManifestShape = { objects: 10_003, files: 3_281, seed: 1 };

/** Numbers from 0 up to `below`. */
type Pick = (below: number) => number;

/** What stands in a repository of manifests beside each other; the share of each is its share of this list. */
const TEMPLATES: readonly ((name: string, namespace: string, pick: Pick) => string)[] = [
  deployment,
  deployment,
  service,
  service,
  service,
  configMap,
  networkPolicy,
  networkPolicy,
  pod,
  namespace,
  namespace,
];

/** Yields [path, text] of manifests such as charts render, a folder for each namespace; every file ends with a line break. */
export function* generateManifests(shape: ManifestShape): Generator<[path: string, text: string]> {
  const pick = createPick(shape.seed);
  let done = 0;
  for (let file = 0; file < shape.files; file += 1) {
    const end = Math.round(((file + 1) * shape.objects) / shape.files);
    const space = `team-${Math.floor(file / 20)}`;
    const documents: string[] = [];
    for (; done < end; done += 1) {
      const template = TEMPLATES[pick(TEMPLATES.length)] ?? deployment;
      documents.push(template(`app-${done}`, space, pick));
    }
    yield [`${space}/app-${file}.yaml`, documents.join('---\n')];
  }
}

/** mulberry32: small, fast, the same everywhere. */
function createPick(seed: number): Pick {
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

function podSpec(name: string, pick: Pick, indent: string): string {
  const port = 8000 + pick(100);
  const text = `serviceAccountName: ${name}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  seccompProfile:
    type: RuntimeDefault
containers:
- name: server
  image: registry.example.com/${pick(10) === 0 ? 'mcp' : 'apps'}/${name}:1.4.${pick(30)}
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

function deployment(name: string, space: string, pick: Pick): string {
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
    spec:
${podSpec(name, pick, '      ')}`;
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

function networkPolicy(name: string, space: string, pick: Pick): string {
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
${metadata(name, space)}spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  policyTypes:
  - Ingress
  - Egress
  ingress:
  - from:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: mcp-gateway
      podSelector:
        matchLabels:
          app.kubernetes.io/name: envoy
    ports:
    - protocol: TCP
      port: ${8000 + pick(100)}
  egress:
  - to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
    ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
  - to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
        - 10.0.0.0/8
        - 172.16.0.0/12
        - 192.168.0.0/16
        - 169.254.0.0/16
    ports:
    - protocol: TCP
      port: 443
`;
}
