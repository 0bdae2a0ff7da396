import { type ReadAnswer, readCheckov, readConftest, readGator, readKyverno } from './answers.ts';

/** Where a set of manifests and what stands beside it lie. */
export interface SetPlaces {
  /** The folder of manifests, without folders in it: one of the checkers reads none below. */
  readonly manifests: string;
  /** The NetworkPolicies of the set as the file that Kyverno takes for those of the cluster. */
  readonly kyvernoContext: string;
}

export interface GoModule {
  readonly registry: 'go';
  readonly module: string;
  /** The package of the program, within the module. */
  readonly package: string;
}

export interface PythonPackage {
  readonly registry: 'pypi';
  readonly package: string;
}

/** How a checker is asked, and its answer read. */
interface Question {
  /** What it looks for. */
  readonly looksFor: string;
  readonly args: (places: SetPlaces) => readonly string[];
  readonly read: ReadAnswer;
}

export interface Peer {
  readonly name: string;
  /** As its registry knows it; `latest` where the registry serves none that could be named. */
  readonly version: string;
  readonly from: GoModule | PythonPackage;
  /** Absent: it could never be had where this was written, so nobody has seen what it answers. */
  readonly question?: Question;
}

const POLICIES = 'bench/peers/policies';

/** What our policies for other engines ask. No library of theirs has it for files, but Kyverno's, which asks the API server. */
const SELECTED = 'a NetworkPolicy selects it';

/** The other checkers of manifests, each with the check nearest to ours: its own where it has one, else one written in its language. */
export const PEERS: readonly Peer[] = [
  {
    name: 'checkov',
    version: '3.3.30',
    from: { registry: 'pypi', package: 'checkov' },
    question: {
      looksFor: `${SELECTED} (its own CKV2_K8S_6)`,
      args: ({ manifests }) => [
        ...['--directory', manifests, '--framework', 'kubernetes', '--check', 'CKV2_K8S_6'],
        ...['--output', 'json', '--compact', '--quiet', '--skip-download'],
      ],
      read: readCheckov,
    },
  },
  {
    name: 'conftest',
    version: 'v0.71.1',
    from: { registry: 'go', module: 'github.com/open-policy-agent/conftest', package: '.' },
    question: {
      looksFor: SELECTED,
      args: ({ manifests }) => [
        ...['test', manifests, '--combine', '--policy', `${POLICIES}/conftest.rego`],
        ...['--output', 'json', '--no-color'],
      ],
      read: readConftest,
    },
  },
  {
    name: 'gator',
    version: 'v3.23.1',
    from: { registry: 'go', module: 'github.com/open-policy-agent/gatekeeper/v3', package: './cmd/gator' },
    question: {
      looksFor: SELECTED,
      args: ({ manifests }) => [
        ...['test', '--filename', manifests, '--filename', `${POLICIES}/gator.yaml`],
        ...['--output', 'json'],
      ],
      read: readGator,
    },
  },
  {
    name: 'kyverno',
    version: 'v1.19.1',
    from: { registry: 'go', module: 'github.com/kyverno/kyverno', package: './cmd/cli/kubectl-kyverno' },
    question: {
      looksFor: SELECTED,
      args: ({ manifests, kyvernoContext }) => [
        ...['apply', `${POLICIES}/kyverno.yaml`, '--resource', manifests, '--context-file', kyvernoContext],
        ...['--policy-report', '--output-format', 'json'],
      ],
      read: readKyverno,
    },
  },
  {
    name: 'kube-linter',
    version: 'latest',
    from: { registry: 'go', module: 'golang.stackrox.io/kube-linter', package: './cmd/kube-linter' },
  },
  {
    name: 'netpol-analyzer',
    version: 'latest',
    from: { registry: 'go', module: 'github.com/np-guard/netpol-analyzer', package: './cmd' },
  },
];
