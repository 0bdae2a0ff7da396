/**
 * The 48 scenarios of Kubernetes' own end-to-end suite for NetworkPolicy (test/e2e/network/netpol/network_policy.go),
 * told anew: what is applied, and which of the 72 connections between nine pods it blocks.
 */

/** One moment of a scenario: what stands in the cluster, and what is blocked then, per `port/protocol`. */
export interface Step {
  /** Policies by what follows `metadata`: namespace x unless `in` says so. */
  readonly policies: readonly (string | { readonly in: string; readonly spec: string })[];
  /** Labels that were added to a namespace (`y`) or a pod (`x/b`). */
  readonly labels?: Readonly<Record<string, string>>;
  /** Patterns of `pairs`; nothing else is blocked. */
  readonly blocked: Readonly<Record<string, readonly string[]>>;
}

export interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
}

const scenario = (title: string, ...steps: Step[]): Scenario => ({ title, steps });

const NAMESPACE_Y = 'namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: "y"}}';
const NAMESPACE_Y_EXPRESSION =
  'namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: ["y"]}]}';
const NAMESPACE_NOT_X =
  'namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [x]}]}';
const POD_A = 'podSelector: {matchLabels: {pod: a}}';
const POD_B = 'podSelector: {matchLabels: {pod: b}}';
const POD_C = 'podSelector: {matchLabels: {pod: c}}';
const EVERY_POD = 'podSelector: {}';

const DENY_INGRESS = `{${EVERY_POD}, policyTypes: [Ingress], ingress: []}`;
const DENY_EGRESS = `{${EVERY_POD}, policyTypes: [Egress], egress: []}`;
const DENY_BOTH = `{${EVERY_POD}, policyTypes: [Ingress, Egress], ingress: [], egress: []}`;
const ALLOW_INGRESS = `{${EVERY_POD}, policyTypes: [Ingress], ingress: [{}]}`;
const ALLOW_EGRESS = `{${EVERY_POD}, policyTypes: [Egress], egress: [{}]}`;
/** Ingress of pod a by one rule. */
const intoA = (rule: string) => `{${POD_A}, policyTypes: [Ingress], ingress: [{${rule}}]}`;
/** Egress of pod a by one rule. */
const outOfA = (rule: string) => `{${POD_A}, policyTypes: [Egress], egress: [{${rule}}]}`;

export const tcpScenarios: readonly Scenario[] = [
  scenario('default deny for ingress closes the whole namespace', {
    policies: [DENY_INGRESS],
    blocked: { '80/TCP': ['* > x/*'] },
  }),
  scenario('default deny for both directions closes the namespace both ways', {
    policies: [DENY_BOTH],
    blocked: { '80/TCP': ['* > x/*', 'x/* > *'] },
  }),
  scenario('a pod selector alone admits pods of the own namespace only', {
    policies: [intoA(`from: [{${POD_B}}]`)],
    blocked: { '80/TCP': ['x/c y/* z/* > x/a'] },
  }),
  scenario('an allowing policy opens one pod of a closed namespace', {
    policies: [DENY_INGRESS, intoA(`from: [{${EVERY_POD}, namespaceSelector: {}}]`)],
    blocked: { '80/TCP': ['* > x/b x/c'] },
  }),
  scenario('the empty namespace selector admits pods of all namespaces', {
    policies: [intoA('from: [{namespaceSelector: {matchLabels: {}}}]')],
    blocked: { '80/TCP': [] },
  }),
  scenario('a namespace selector admits the pods of that namespace only', {
    policies: [intoA(`from: [{${NAMESPACE_Y}}]`)],
    blocked: { '80/TCP': ['x/* z/* > x/a'] },
  }),
  scenario('a pod selector may be an expression', {
    policies: [intoA('from: [{podSelector: {matchExpressions: [{key: pod, operator: In, values: [b]}]}}]')],
    blocked: { '80/TCP': ['x/c y/* z/* > x/a'] },
  }),
  scenario('a namespace selector may be an expression', {
    policies: [intoA(`from: [{${NAMESPACE_Y_EXPRESSION}}]`)],
    blocked: { '80/TCP': ['x/* z/* > x/a'] },
  }),
  scenario('two peers are alternatives', {
    policies: [intoA(`from: [{${NAMESPACE_NOT_X}}, {${POD_B}}]`)],
    blocked: { '80/TCP': ['x/c > x/a'] },
  }),
  scenario('two selectors of one peer must both match', {
    policies: [intoA(`from: [{${NAMESPACE_NOT_X}, ${POD_B}}]`)],
    blocked: { '80/TCP': ['x/* y/a y/c z/a z/c > x/a'] },
  }),
  scenario('expressions over several pods and namespaces combine', {
    policies: [
      intoA(
        `from: [{${NAMESPACE_NOT_X}, podSelector: {matchExpressions: [{key: pod, operator: In, values: [b, c]}]}}]`,
      ),
    ],
    blocked: { '80/TCP': ['x/* y/a z/a > x/a'] },
  }),
  scenario('any of several pod selectors admits', {
    policies: [intoA(`from: [{${POD_B}}, {${POD_C}}]`)],
    blocked: { '80/TCP': ['y/* z/* > x/a'] },
  }),
  scenario('one pod of another namespace is admitted by both selectors', {
    policies: [intoA(`from: [{${NAMESPACE_Y}, ${POD_A}}]`)],
    blocked: { '80/TCP': ['x/* y/b y/c z/* > x/a'] },
  }),
  scenario('a port limits what a namespace may reach', {
    policies: [intoA(`from: [{${NAMESPACE_Y}}], ports: [{port: 81, protocol: TCP}]`)],
    blocked: { '81/TCP': ['x/* z/* > x/a'] },
  }),
  scenario(
    'stacked policies add up',
    {
      policies: [intoA(`from: [{${NAMESPACE_Y}}], ports: [{port: 81, protocol: TCP}]`)],
      blocked: { '81/TCP': ['x/* z/* > x/a'], '80/TCP': ['* > x/a'] },
    },
    {
      policies: [
        intoA(`from: [{${NAMESPACE_Y}}], ports: [{port: 81, protocol: TCP}]`),
        intoA(`from: [{${NAMESPACE_Y}}], ports: [{port: 80, protocol: TCP}]`),
      ],
      blocked: { '81/TCP': ['x/* z/* > x/a'], '80/TCP': ['x/* z/* > x/a'] },
    },
  ),
  scenario('a rule without peers and ports allows everything', {
    policies: [ALLOW_INGRESS],
    blocked: { '80/TCP': [], '81/TCP': [] },
  }),
  scenario('a named port is the only one open for ingress', {
    policies: [`{${EVERY_POD}, policyTypes: [Ingress], ingress: [{ports: [{port: serve-81-tcp}]}]}`],
    blocked: { '81/TCP': [], '80/TCP': ['* > x/*'] },
  }),
  scenario('a named port is open for one namespace', {
    policies: [intoA(`from: [{${NAMESPACE_Y}}], ports: [{port: serve-80-tcp, protocol: TCP}]`)],
    blocked: { '80/TCP': ['x/* z/* > x/a'], '81/TCP': ['* > x/a'] },
  }),
  scenario('a named port is the only one open for egress', {
    policies: [`{${EVERY_POD}, policyTypes: [Egress], egress: [{ports: [{port: serve-80-tcp}]}]}`],
    blocked: { '80/TCP': [], '81/TCP': ['x/* > *'] },
  }),
  scenario(
    'an updated policy is the one that counts',
    { policies: [ALLOW_INGRESS], blocked: { '81/TCP': [] } },
    { policies: [DENY_INGRESS], blocked: { '81/TCP': ['* > x/*'] } },
  ),
  scenario(
    'a namespace that gets the label is admitted',
    {
      policies: [intoA('from: [{namespaceSelector: {matchLabels: {ns2: updated}}}]')],
      blocked: { '80/TCP': ['* > x/a'] },
    },
    {
      policies: [intoA('from: [{namespaceSelector: {matchLabels: {ns2: updated}}}]')],
      labels: { y: 'ns2: updated' },
      blocked: { '80/TCP': ['x/* z/* > x/a'] },
    },
  ),
  scenario(
    'a pod that gets the label is admitted',
    {
      policies: [intoA('from: [{podSelector: {matchLabels: {pod: b, pod2: updated}}}]')],
      blocked: { '80/TCP': ['* > x/a'] },
    },
    {
      policies: [intoA('from: [{podSelector: {matchLabels: {pod: b, pod2: updated}}}]')],
      labels: { 'x/b': 'pod2: updated' },
      blocked: { '80/TCP': ['x/c y/* z/* > x/a'] },
    },
  ),
  scenario('the empty pod selector admits the own namespace and no other', {
    policies: [`{${EVERY_POD}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {}}}]}]}`],
    blocked: { '80/TCP': ['y/* z/* > x/*'] },
  }),
  scenario(
    'a pod that gets the label is isolated',
    {
      policies: ['{podSelector: {matchLabels: {target: isolated}}, policyTypes: [Ingress], ingress: []}'],
      blocked: { '80/TCP': [] },
    },
    {
      policies: ['{podSelector: {matchLabels: {target: isolated}}, policyTypes: [Ingress], ingress: []}'],
      labels: { 'x/a': 'target: isolated' },
      blocked: { '80/TCP': ['* > x/a'] },
    },
  ),
  scenario('egress of one pod is closed by its label', {
    policies: [`{${POD_A}, policyTypes: [Egress], egress: []}`],
    blocked: { '80/TCP': ['x/a > *'] },
  }),
  scenario('egress of a whole namespace is closed', {
    policies: [DENY_EGRESS],
    blocked: { '80/TCP': ['x/* > *'] },
  }),
  scenario('ingress and egress stand together in one policy', {
    policies: [
      `{${POD_A}, policyTypes: [Egress, Ingress], ingress: [{from: [{${POD_B}}]}], egress: [{ports: [{port: 80}]}]}`,
    ],
    blocked: { '80/TCP': ['x/c y/* z/* > x/a'], '81/TCP': ['x/c y/* z/* > x/a', 'x/a > *'] },
  }),
  scenario('egress of the client decides although the server allows', {
    policies: [
      outOfA(`to: [{${NAMESPACE_Y}, ${POD_A}}]`),
      {
        in: 'y',
        spec: intoA(`from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: x}}, ${POD_A}}]`),
      },
      {
        in: 'y',
        spec: `{${POD_B}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: x}}, ${POD_A}}]}]}`,
      },
    ],
    blocked: { '80/TCP': ['x/a > x/* y/b y/c z/*', 'x/b x/c y/* z/* > y/a', '* > y/b'] },
  }),
  scenario('egress to one pod of another namespace is allowed by both selectors', {
    policies: [outOfA(`to: [{${NAMESPACE_Y}, ${POD_A}}]`)],
    blocked: { '80/TCP': ['x/a > x/* y/b y/c z/*'] },
  }),
  scenario('a protocol without a port is every port of that protocol', {
    policies: [intoA('ports: [{protocol: TCP}]')],
    blocked: { '80/TCP': [], '80/UDP': ['* > x/a'] },
  }),
  scenario(
    'an allow-all ingress policy wins over a narrower one',
    {
      policies: [`{${EVERY_POD}, policyTypes: [Ingress], ingress: [{ports: [{port: 80}]}]}`],
      blocked: { '81/TCP': ['* > x/*'] },
    },
    {
      policies: [`{${EVERY_POD}, policyTypes: [Ingress], ingress: [{ports: [{port: 80}]}]}`, ALLOW_INGRESS],
      blocked: { '81/TCP': [] },
    },
  ),
  scenario(
    'an allow-all egress policy wins over a narrower one',
    {
      policies: [`{${EVERY_POD}, policyTypes: [Egress], egress: [{ports: [{port: 80}]}]}`],
      blocked: { '81/TCP': ['x/* > *'] },
    },
    {
      policies: [`{${EVERY_POD}, policyTypes: [Egress], egress: [{ports: [{port: 80}]}]}`, ALLOW_EGRESS],
      blocked: { '81/TCP': [] },
    },
  ),
  scenario(
    'a deleted policy closes nothing',
    { policies: [DENY_BOTH], blocked: { '80/TCP': ['x/* > *', '* > x/*'] } },
    { policies: [], blocked: { '80/TCP': [] } },
  ),
  scenario('a block of one address is that pod', {
    policies: [outOfA('to: [{ipBlock: {cidr: 10.0.2.2/32}}]')],
    blocked: { '80/TCP': ['x/a > x/* y/a y/c z/*'] },
  }),
  scenario('an except closes one address of a block that is written with host bits', {
    policies: [outOfA('to: [{ipBlock: {cidr: 10.0.1.1/4, except: [10.0.1.2/32]}}]')],
    blocked: { '80/TCP': ['x/a > x/b'] },
  }),
  scenario(
    'an address that was excepted is reached when the updated policy names it',
    {
      policies: [outOfA('to: [{ipBlock: {cidr: 10.0.1.1/4, except: [10.0.1.2/32]}}]')],
      blocked: { '80/TCP': ['x/a > x/b'] },
    },
    {
      policies: [outOfA('to: [{ipBlock: {cidr: 10.0.1.2/32}}]')],
      blocked: { '80/TCP': ['x/a > x/c y/* z/*'] },
    },
  ),
  scenario(
    'ingress and egress of one pod are controlled apart',
    { policies: [`{${POD_A}, policyTypes: [Egress], egress: [{}]}`], blocked: { '80/TCP': [] } },
    {
      policies: [`{${POD_A}, policyTypes: [Egress], egress: [{}]}`, `{${POD_A}, policyTypes: [Ingress], ingress: []}`],
      blocked: { '80/TCP': ['* > x/a'] },
    },
  ),
  scenario('a rule for SCTP opens no TCP', {
    policies: [DENY_INGRESS, intoA('ports: [{port: 81, protocol: SCTP}]')],
    blocked: { '81/TCP': ['* > x/*'] },
  }),
  scenario('a rule for SCTP isolates the pod', {
    policies: [intoA('ports: [{port: 80, protocol: SCTP}]')],
    blocked: { '81/TCP': ['* > x/a'] },
  }),
  scenario('a rule for UDP opens no TCP', {
    policies: [intoA('ports: [{port: 81, protocol: UDP}]')],
    blocked: { '81/TCP': ['* > x/a'] },
  }),
  scenario('the label that Kubernetes gives every namespace selects it', {
    policies: [intoA(`from: [{${NAMESPACE_Y}}]`)],
    blocked: { '80/TCP': ['x/* z/* > x/a'] },
  }),
  scenario('the label that Kubernetes gives every namespace excludes it', {
    policies: [
      outOfA(
        'to: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: ["y"]}]}}]',
      ),
    ],
    blocked: { '80/TCP': ['x/a > y/*'] },
  }),
];

/** The three scenarios that the suite repeats for UDP and for SCTP. */
export const scenariosOf = (protocol: 'UDP' | 'SCTP'): readonly Scenario[] => [
  scenario(`default deny for ingress closes ${protocol}`, {
    policies: [DENY_INGRESS],
    blocked: { [`80/${protocol}`]: ['* > x/*'] },
  }),
  scenario(`a port limits what a namespace may reach by ${protocol}`, {
    policies: [intoA(`from: [{${NAMESPACE_Y}}], ports: [{port: 81, protocol: ${protocol}}]`)],
    blocked: { [`81/${protocol}`]: ['x/* z/* > x/a'] },
  }),
  scenario(`one pod of another namespace is admitted by ${protocol}`, {
    policies: [intoA(`from: [{${NAMESPACE_Y}, ${POD_A}}]`)],
    blocked: { [`80/${protocol}`]: ['x/* y/b y/c z/* > x/a'] },
  }),
];
