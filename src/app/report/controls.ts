/** A published set of controls. */
export interface Framework {
  readonly title: string;
  readonly source: string;
}

/** By a short name, as the CSV has it. */
export const FRAMEWORKS = {
  'nsa-mcp': {
    title: 'NSA, MCP: Security Design Considerations (PP-26-1834, May 2026)',
    source: 'https://media.defense.gov/2026/Jun/02/2003943289/-1/-1/0/CSI_MCP_SECURITY.PDF',
  },
  'owasp-mcp': {
    title: 'OWASP MCP Top 10 (2025)',
    source: 'https://owasp.org/www-project-mcp-top-10/',
  },
  'cis-kubernetes': {
    title: 'CIS Kubernetes Benchmark, sections 5.2 and 5.3 (numbers of the versions in which HostPorts are 5.2.13)',
    source: 'https://www.cisecurity.org/benchmark/kubernetes',
  },
  'nsa-kubernetes': {
    title: 'NSA and CISA, Kubernetes Hardening Guide (1.2)',
    source:
      'https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF',
  },
} as const satisfies Readonly<Record<string, Framework>>;

type FrameworkId = keyof typeof FRAMEWORKS;

/** One control, and the rules that say something of it. A rule that passes shows a part of a control, never the whole. */
export interface Control {
  readonly framework: FrameworkId;
  /** As it is published: `MCP07:2025`, `5.3.2`. Where the publication has no numbers, the place in its order. */
  readonly id: string;
  /** What it is about, in our words. */
  readonly about: string;
  /** Ids of rules; empty: nothing here says anything of it. */
  readonly rules: readonly string[];
}

const INGRESS = ['ingress-beyond-gateway', 'ingress-not-isolated', 'service-exposed'];
const EGRESS = ['egress-beyond-allowed', 'egress-not-isolated', 'egress-reaches-cluster'];
/** Where egress is open altogether, metadata is among what is reached, and no other rule says so. */
const METADATA = ['egress-not-isolated', 'egress-reaches-link-local', 'egress-reaches-metadata'];
const PAST_POLICIES = ['host-network', 'policies-not-enforced', 'second-interface'];
const KEPT_CLOSED = ['mode-lowered', 'policy-removal', 'server-opted-out'];
/** Who comes past the gateway is authenticated, authorized and logged by nobody. */
const PAST_GATEWAY = [...INGRESS, 'route-bypasses-gateway'];
const CALLERS = ['gateway-unauthenticated', 'gateway-unauthorized', ...PAST_GATEWAY];
const LOGS = ['gateway-unlogged', ...PAST_GATEWAY];

const of =
  (framework: FrameworkId) =>
  (id: string, about: string, ...rules: readonly string[]): Control => ({ framework, id, about, rules });

const nsaMcp = of('nsa-mcp');
const owasp = of('owasp-mcp');
const cis = of('cis-kubernetes');
const nsaKubernetes = of('nsa-kubernetes');

/** One line a control. */
export const CONTROLS: readonly Control[] = [
  nsaMcp('concern 1', 'access control', ...CALLERS),
  nsaMcp('concern 2', 'serialization of context and data'),
  nsaMcp('concern 3', 'approval of changes', ...KEPT_CLOSED, 'unregistered-server'),
  nsaMcp('concern 4', 'tokens and sessions', 'gateway-unauthenticated', ...PAST_GATEWAY),
  nsaMcp('concern 5', 'misconfiguration', 'cidr-ambiguous', 'gateway-locked-out', ...PAST_POLICIES),
  nsaMcp('concern 6', 'behaviour that is not the same twice'),
  nsaMcp('concern 7', 'audit logs', ...LOGS),
  nsaMcp('concern 8', 'denial of service and fatigue'),
  nsaMcp('recommendation 1', 'supported projects', 'unregistered-server'),
  nsaMcp(
    'recommendation 2',
    'boundaries between zones',
    ...PAST_GATEWAY,
    'egress-beyond-allowed',
    'egress-reaches-cluster',
    ...METADATA,
    ...PAST_POLICIES,
    'cidr-ambiguous',
    ...KEPT_CLOSED,
  ),
  nsaMcp('recommendation 3', 'validation of parameters'),
  nsaMcp('recommendation 4', 'constrained, sandboxed execution', 'host-network', 'node-access'),
  nsaMcp('recommendation 5', 'signed messages'),
  nsaMcp('recommendation 6', 'filtered output'),
  nsaMcp('recommendation 7', 'logging and detection', ...LOGS),
  nsaMcp('recommendation 8', 'vulnerabilities that become known'),
  nsaMcp('recommendation 9', 'looking for open servers', ...INGRESS, 'gateway-unauthenticated', 'unregistered-server'),
  owasp('MCP01:2025', 'tokens and secrets that get out', ...METADATA),
  owasp('MCP02:2025', 'privileges that grow', 'gateway-unauthorized', ...PAST_GATEWAY, 'node-access'),
  owasp('MCP03:2025', 'poisoned tools'),
  owasp('MCP04:2025', 'supply chain', 'unregistered-server'),
  owasp('MCP05:2025', 'injected commands'),
  owasp('MCP06:2025', 'subverted intent'),
  owasp('MCP07:2025', 'authentication and authorization', ...CALLERS),
  owasp('MCP08:2025', 'audit and telemetry', ...LOGS),
  owasp('MCP09:2025', 'servers that nobody knows of', 'server-opted-out', 'unregistered-server'),
  owasp('MCP10:2025', 'context that is shared too widely'),
  cis('5.2.2', 'privileged containers', 'node-access'),
  cis('5.2.3', 'process ids of the host', 'node-access'),
  cis('5.2.5', 'network of the host', 'host-network'),
  cis('5.2.9', 'added capabilities', 'node-access'),
  cis('5.2.12', 'paths of the host', 'node-access'),
  cis('5.2.13', 'ports of the host', 'host-network'),
  cis('5.3.1', 'a network plugin that enforces NetworkPolicies', 'policies-not-enforced'),
  cis('5.3.2', 'NetworkPolicies in every namespace', 'egress-not-isolated', 'ingress-not-isolated'),
  nsaKubernetes('Pod security', 'what Pods may do to their node', 'host-network', 'node-access'),
  nsaKubernetes(
    'Network separation: policies',
    'NetworkPolicies',
    ...INGRESS,
    ...EGRESS,
    'cidr-ambiguous',
    ...PAST_POLICIES,
    ...KEPT_CLOSED,
  ),
  nsaKubernetes('Network separation: cloud', 'metadata of the cloud', ...METADATA),
  nsaKubernetes('Authentication and authorization', 'who may call what', ...CALLERS),
  nsaKubernetes('Audit logging', 'logs and detection', ...LOGS),
  nsaKubernetes('Upgrading', 'upgrades and security practices'),
];

/** The controls of which a rule says something. */
export const controlsOf = (rule: string): readonly Control[] => CONTROLS.filter(({ rules }) => rules.includes(rule));
