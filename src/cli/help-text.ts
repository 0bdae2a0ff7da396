import { AROUND_HELP } from './help-around.ts';
import { EXIT_STATUS, examples, exitStatus } from './help-parts.ts';

const FAIL_ON = `With --fail-on warn a warning ends with 1 as well; with --fail-on never whatever was judged ends with 0, an undetermined server too.
`;

const ANSWERED = `
Exit status:
  0  answered, whatever the answer is
  2  a query or a part of the manifests or of the cluster could not be read, there are none, a name is ambiguous or not there, or usage`;

/** What a change of a rollout writes, and by whose rights. */
const ROLLOUT_CHANGES = {
  promote: `It writes the label chokepoint.dev/mode of the namespace by your own rights, to warn or to enforce, which the webhook judges like any
other change of it. Where enforce would stop a server today it says so and writes nothing, unless --force is given.`,
  pause: `It writes the annotation chokepoint.dev/rollout of the namespace by your own rights: paused. The stage stays as it is until
somebody resumes.`,
  resume: `It writes the annotation chokepoint.dev/rollout of the namespace by your own rights: resumed, and the time. A rollout that was
paused goes on; one that waits because the mode was lowered counts its days anew.`,
} as const;

/** By command; the empty name is the program itself. */
export const AFTER_HELP: ReadonlyMap<string, string> = new Map([
  ...AROUND_HELP,
  [
    '',
    `${examples([
      'chokepoint check manifests/',
      'helm template my-release ./chart | chokepoint check -',
      'chokepoint explain egress-reaches-metadata',
    ])}\n${EXIT_STATUS}`,
  ],
  [
    'check',
    `${examples([
      'chokepoint check manifests/ values.yaml',
      'chokepoint check overlays/',
      'chokepoint check chart/ --values values-prod.yaml -n shop',
      'kustomize build overlays/prod | chokepoint check -',
      'chokepoint check manifests/ -o sarif > chokepoint.sarif',
      'chokepoint check manifests/ --output github --report sarif=chokepoint.sarif --report json=chokepoint.json',
      'chokepoint check manifests/ --config chokepoint.yaml --mode enforce',
      'chokepoint check manifests/ --report json=known.json',
      'chokepoint check manifests/ --against known.json              only what is not in it fails',
      'chokepoint check manifests/ --config next.yaml --against chokepoint.yaml    which verdicts flip',
      'chokepoint check manifests/ --with-cluster --context production   what they would do to what is there',
      'chokepoint check manifests/ --fix --dry-run',
      'chokepoint check manifests/ --fix --gateway mcp-gateway/app.kubernetes.io/name=envoy',
    ])}

PATHS are files, folders (searched for .yaml, .yml and .json, hidden ones too) or - for standard input. A folder with a
kustomization is judged as kustomize or kubectl on PATH builds it, a chart as helm renders it, each by itself: docs/input.md.
Every MCP server in them is judged in every mode: a mode says what the webhook does with a denial. What an owner in the
input makes is judged through the owner. What holds no Kubernetes object (Chart.yaml, package.json, a workflow, …) is passed over and
counted. An input without any object, or of nothing but HelmReleases and their like, is an error unless --allow-empty is
given. A named pipe or a device is an error: a stream goes to -. --fix and --report write nothing that a symbolic link
leads to outside of the working folder and of PATHS. Without --config, a chokepoint.yaml of the working folder is taken:
where the folder is not yours, name your own, and give --no-ignore-file: a .chokepointignore in it leaves out what it names.

With --with-cluster the cluster is read by get and list alone, and judged as if the files were applied. Shown are the servers in
the files and those on which the files change what is said; what the cluster has without them is known and does not fail. What
the files no longer hold is not known: no deletion is judged.

${FAIL_ON}${EXIT_STATUS}, or a
     file that could not be written`,
  ],
  [
    'scan',
    `${examples([
      'chokepoint scan',
      'chokepoint scan --context production -n shop',
      'chokepoint scan --output sarif > chokepoint.sarif',
      'chokepoint scan --config chokepoint.yaml --mode enforce',
    ])}

It reads the cluster by get and list alone; docs/scan.md has the ClusterRole that it needs. Every MCP server is judged in
every mode, as at admission. Ranges that the configuration does not give are read from the cluster where it tells them.

${FAIL_ON}${exitStatus('usage, unreadable input')}`,
  ],
  [
    'observe',
    `${examples([
      'chokepoint observe --flows flows.jsonl',
      'hubble observe -o json | chokepoint observe manifests/ --flows -',
      'chokepoint observe --flows flows.jsonl --propose >> proposed.yaml',
    ])}

A flow is {"time": "…", "from": {"pod": "namespace/name"} | {"ip": "…"}, "to": …, "port": 80, "protocol": "TCP"}, a line of Hubble's
export, of Calico (Goldmane, flow logs), of GKE (network policy and VPC flow logs) or of AWS VPC flow logs; each line's form
is told by its content. Held against it is the world as it is, with the policies that generate would write.

Exit status:
  0  nothing that was observed would be cut
  1  something would
  2  a line that cannot be read, something in the files or the cluster that cannot, or usage`,
  ],
  [
    'registry',
    examples([
      'chokepoint registry pull https://registry.example.com --write registry.json',
      'chokepoint registry entries registry.json --owner team-platform',
    ]),
  ],
  [
    'registry pull',
    `${examples(['chokepoint registry pull https://registry.example.com --write registry.json'])}

It reads the latest versions of all servers by the API v0.1 of the MCP registry. No redirect to another server is followed. The
webhook never asks a registry: what is saved is reviewed, and goes into the GatePolicy by registry entries.

Exit status:
  0  saved
  2  the registry does not answer or answers something else, a file that could not be written, or usage`,
  ],
  [
    'registry entries',
    `${examples([
      'chokepoint registry entries registry.json --owner team-platform',
      'chokepoint registry entries toolhive-registry.json --owner team-platform >> approved.yaml',
    ])}

Images are told by their repository, digest and version, packages of npm and pypi by their names; what is deprecated or deleted
in the registry is told as such, and becomes a finding. Remote servers are left out: nothing of them runs here.

Exit status:
  0  printed
  2  a file that cannot be read, or is no registry, or usage`,
  ],
  [
    'doctor',
    `${examples([
      'chokepoint doctor',
      'chokepoint doctor --context production -o json > doctor.json',
      'chokepoint doctor --gate-namespace security',
      'chokepoint doctor --probe',
      'chokepoint doctor --probe --yes --nodes all -o json > probe.json',
      'chokepoint doctor --probe --servers tools/weather,shop/orders',
    ])}

It reads the cluster by get and list alone, never a Secret; docs/doctor.md has the rights that it needs. What may not be read
is unknown, and the right that is missing is named. Whether policies are enforced is told by the network plugin and how it is
set: what it should do, which packets alone prove.

--probe sends them, in place of the checklist: on one node of each pool two Pods are connected to by two others, before and after
policies close one of each. It writes into a namespace of its own alone, asks before, and removes it. What it shows is kept for the
gate for 7 days (docs/probe.md), which finds policies-not-enforced by it. With --servers, Pods then stand in for MCP servers and
those around them, under copies of their policies, and what packets do over TCP, UDP and Services is compared with what is judged.

Exit status:
  0  nothing fails; there may be warnings
  1  something fails
  2  something cannot be told, the cluster does not answer, or usage`,
  ],
  [
    'inventory',
    `${examples([
      'chokepoint inventory                                  the cluster of the current context',
      'chokepoint inventory --context production,staging -o csv > servers.csv',
      'chokepoint inventory manifests/ -o markdown',
      'chokepoint inventory -o json > servers.json',
      'chokepoint inventory --diff servers.json              in cron: what is new, gone, and not as it was',
      'chokepoint inventory --all-contexts -o cyclonedx > servers.cdx.json',
    ])}

Unregistered servers come first; registry in the GatePolicy lists the approved ones. json, csv, markdown and CycloneDX 1.6 hold of
each server what the table has no room for: owner, images with digests, evidence, Services and routes, every way in and out in
words and as sets, exceptions with their last day. A cluster is read by get and list alone, with the rights of scan.

Exit status:
  0  listed; with --diff, nothing is new, gone or not as it was
  1  with --diff: something is
  2  something could not be read, which standard error (in json: problems) tells, and the rest is listed; or usage`,
  ],
  [
    'demo',
    `${examples(['chokepoint demo', 'chokepoint demo manifests/', 'chokepoint demo chart/ --values values-prod.yaml'])}

It starts the real webhook on 127.0.0.1 and sends it AdmissionReviews over TLS. Without PATHS these are bundled, for two
clusters. With PATHS it is asked to create each object that stands there, as if all of them were there and their namespaces
enforced, except for those whose label says otherwise. Nothing is written, and no cluster is asked.

Exit status:
  0  every answer is as it should be; of PATHS, nothing is refused
  1  an answer is not as it should be; of PATHS, something is refused
  2  usage, or something that cannot be read`,
  ],
  [
    'init',
    `${examples([
      'chokepoint init',
      'chokepoint init manifests/ --no-cluster',
      'chokepoint init --context production --cloud gke',
      'chokepoint init --gateway mcp-gateway/app.kubernetes.io/name=envoy',
    ])}

It looks at the cluster of the current context, if there is one, by get and list alone, and writes gateways, ranges with where
they were read, the cloud, and DNS that is not where it usually is. Of several gateways it writes none: --gateway chooses. Run
again, it adds what is new, and leaves all else as it stands, comments too. It never writes an exception, an allowed client or
an opt-out.

Exit status:
  0  written, or up to date
  1  written, and something is left to decide or to find out: standard error says what
  2  usage, something that cannot be read, or a file that could not be written`,
  ],
  [
    'cidrs',
    `${examples([
      'chokepoint cidrs gke                                      the GKE cluster of the current context',
      'chokepoint cidrs eks prod --region eu-west-1 -o list      the lines of an except list',
      'chokepoint cidrs aks prod --resource-group shop --write chokepoint.yaml',
      'chokepoint cidrs cluster --check                          in cron or a pipeline',
      'chokepoint cidrs gke --print-commands',
      'chokepoint cidrs gke --from-file cluster.json subnet.json',
    ])}

A cloud is asked through its own command line (gcloud, aws, az), found on PATH, run without a shell; nothing is written there or
to the cluster. What saved answers are, their content tells. What could not be seen is said, and why. --write adds what is
lacking, and takes away only lines that it wrote itself of the same cluster: what a person wrote stays.

Exit status:
  0  printed, written, or not drifted
  1  with --check: the configuration has drifted
  2  an answer cannot be read, a class of ranges is not told and nothing says why, or usage`,
  ],
  [
    'reach',
    `${examples([
      'chokepoint reach manifests/ --from shop/web --to shop/mcp-orders --port 8080',
      'chokepoint reach manifests/ --from shop/mcp-orders --to 169.254.169.254 --port 80',
      'chokepoint reach manifests/ --to shop/mcp-orders              who can reach it, and by which rule',
      'chokepoint reach manifests/ --from shop/Deployment/mcp-orders  what it can reach',
      'chokepoint reach manifests/ --queries queries.jsonl > answers.jsonl',
      'chokepoint reach --context production --to shop/mcp-orders    the same, of what the cluster holds',
    ])}

Without PATHS the cluster is read, by get and list alone.

A query line is {"from": {"pod": "namespace/name"} | {"ip": "address"}, "to": …, "port": 80, "protocol": "TCP"}; its answer,
in the same place, is {"allowed": …, "egress": {"allowed": …, "by": […]}, "ingress": {…}}, or {"error": "…"}. A port may be
one that the destination names. A name that several kinds bear is ambiguous: namespace/Kind/name is not.

"ownNode": true in an answer says that one end is the node that the other, a Pod, runs on. Packets between the two pass,
whatever policies say, of which alone "allowed" tells; null: it is a node, and on which the Pod runs is not known.

The answer is about connections to Pods and addresses. What Services, load balancers and address translation (NAT) lead
elsewhere is outside it: ask about the workload behind a Service; check finds the Services that publish a server.
${ANSWERED}`,
  ],
  [
    'generate',
    `${examples([
      'chokepoint generate manifests/ > network-policies.yaml',
      'chokepoint generate manifests/ --as helm-values >> values.yaml',
      'chokepoint generate manifests/ --flows flows.jsonl >> proposed.yaml   clients and destinations that were seen',
      'chokepoint generate manifests/ --from-operator >> proposed.yaml       what resources of MCP operators ask for',
    ])}

Where the GatePolicy names hosts, or nodes on Cilium, another policy stands beside the NetworkPolicy, in the dialect of the
dataplane: a CiliumNetworkPolicy, on GKE (provider: gcp) a FQDNNetworkPolicy, on AWS an ApplicationNetworkPolicy. Elsewhere
the internet stands for hosts. A ClusterNetworkPolicy is written with --dialect upstream alone.

With --flows nothing but allowedClients and allowedDestinations of a GatePolicy is printed, which would keep what the policies
would cut of the observed traffic, for somebody to review: it is what observe --propose prints. With --from-operator it is what ToolHive's permission profiles
and remote URLs and mcp-lifecycle-operator's spec.network ask for; standard error says what of it is not taken over, and why.

Exit status:
  0  with what is printed, every server passes
  1  some server stays denied, or something was not taken over; standard error says why
  2  it could not judge: usage, unreadable input, nothing to judge, or an undetermined server`,
  ],
  [
    'audit',
    examples([
      'chokepoint audit verify record.jsonl',
      'chokepoint audit query record.jsonl --server tools/search --since 7d',
    ]),
  ],
  [
    'audit verify',
    `${examples([
      'chokepoint audit verify record.jsonl',
      'chokepoint audit verify record-2026-01.jsonl record-2026-02.jsonl --output json',
      'chokepoint audit verify record.jsonl --head 5b0c7d0f…         a hash that was noted before',
    ])}

Each line holds the hash of the line before it, so that a line that was edited, taken out or moved shows. Lines that were cut
off at the end show against a head alone, which is the hash of a line: note the one that is printed, where nobody who can
write the record can change it.

Exit status:
  0  nothing is wrong
  1  something is: each line is named, with what is wrong
  2  a file could not be read, or usage`,
  ],
  [
    'audit query',
    `${examples([
      'chokepoint audit query record.jsonl --server tools/search --since 7d',
      'chokepoint audit query record.jsonl --user alice@example.com --decision deny',
      'chokepoint audit query record.jsonl -n tools --kind NetworkPolicy --operation DELETE -o csv > deleted.csv',
      'chokepoint audit query record.jsonl --object tools/Deployment/search --state-at 2026-11-27T08:00:00Z',
      'chokepoint audit query record.jsonl --reach tools/search --on 2026-11-27',
    ])}

FILES are records that serve --record wrote, in any order, and audit logs of an API server whose events our webhook noted a
verdict with. An option that is given more than once takes lines of any of its values; of several options all must hold.
Lines come in the order of their times, each once, though it was shipped twice. json prints them as they stand in the file.
Whether a record is whole and unchanged is another question: chokepoint audit verify.

Exit status:
  0  answered, whatever the answer is
  2  a file or a line cannot be read (what can be is answered all the same), or usage`,
  ],
  [
    'rollout',
    examples([
      'chokepoint rollout status',
      'chokepoint rollout plan shop --output json',
      'chokepoint rollout promote shop',
    ]),
  ],
  [
    'rollout status',
    `${examples([
      'chokepoint rollout status',
      'chokepoint rollout status shop tools --context production',
      'chokepoint rollout status --output json',
    ])}

It reads the cluster by get and list alone, and goes by the planner that the controller goes by. OPEN counts the denied
findings and the servers that cannot be judged that stand in the way; STOPPED the servers whose new Pods would be refused or
wait in mode enforce today, POLICIES what the controller would write there, CUT the workloads that could connect no more.

Exit status:
  0  answered, whatever the answer is
  2  it could not be: usage, a configuration without rollouts, or a part of the cluster that could not be read`,
  ],
  [
    'rollout plan',
    `${examples([
      'chokepoint rollout plan',
      'chokepoint rollout plan shop',
      'chokepoint rollout plan --config next.yaml --output json',
    ])}

Exit status:
  0  enforce would stop no server today
  1  it would stop some, or leave some waiting for a policy
  2  it could not be told: usage, a configuration without rollouts, or a part of the cluster that could not be read`,
  ],
  ...(['promote', 'pause', 'resume'] as const).map((name): readonly [string, string] => [
    `rollout ${name}`,
    `${examples([`chokepoint rollout ${name} shop`, `chokepoint rollout ${name} shop --context production`])}

${ROLLOUT_CHANGES[name]}

Exit status:
  0  done
  1  ${name === 'promote' ? 'something is open, and --force was not given; or no stage comes' : 'nothing is to be done'}
  2  it could not be done: usage, no rollout that names the namespace, or no right to it`,
  ]),
  ['explain', examples(['chokepoint explain', 'chokepoint explain ingress-beyond-gateway'])],
  ['rules', examples(['chokepoint rules', 'chokepoint rules --output json'])],
  [
    'serve',
    `${examples([
      'chokepoint serve --world manifests/',
      'chokepoint serve --kubeconfig ~/.kube/config --config chokepoint.yaml --tls-cert tls.crt --tls-key tls.key',
      'chokepoint serve --record /var/lib/chokepoint/record.jsonl',
      'chokepoint serve --controller-user system:serviceaccount:chokepoint-system:chokepoint-controller',
    ])}

Without --world the cluster is watched. Until its view is complete the webhook asks to be asked again. Once it is ready, one JSON
line on standard output names the ports; the log goes to standard error. SIGTERM drains it; SIGINT, or a
second signal, ends it within a second. With --controller-user an absent policy is what the document says (create, if
nothing); else it is a reason to refuse. With --mode-limit audit nothing is ever refused.

Exit status:
  0  stopped by a signal
  1  an error of ours stopped it, or a part of it could not be closed: standard error says which
  2  it could not start: usage, configuration, world, certificate, record or port`,
  ],
  [
    'controller',
    `${examples([
      'chokepoint controller --config chokepoint.yaml',
      'chokepoint controller --kubeconfig ~/.kube/config --context staging --namespace chokepoint-system',
    ])}

Several may run: one of them works, by the Lease chokepoint-controller. Only namespaces that enforce are touched. With --record it
keeps a record of changes that no review tells of, and with --webhook-token it tells those that the webhook should have been asked
about. One JSON line on standard output names the health port; the log goes to standard error.

Exit status:
  0  stopped by a signal
  1  an error of ours stopped it, or a part of it could not be closed: standard error says which
  2  it could not start: usage, configuration, cluster or port`,
  ],
  [
    'recorder',
    `${examples([
      'chokepoint recorder --record record.jsonl --config recorder.yaml',
      'chokepoint recorder --record /var/lib/chokepoint/record.jsonl --config recorder.yaml --health-port 8082',
    ])}

It runs beside serve --record and ships each line at least once to each sink; what was shipped is kept in FILE.shipped. A sink
that fails is tried again and holds up no other. Of notifications, what waits is kept in FILE.notify; with --send-at-end
digests and groups go when it is stopped, early rather than not at all. With --hand-over the controller asks the webhook for
what is to be told, and the recorder beside it notifies for all: one message, however many webhooks there are. A record that has grown big is set aside, deleted once it is
shipped, and dropped, which is counted, where it takes more room than it may. One JSON line on standard output names the health port; the log goes to
standard error.

Exit status:
  0  stopped by a signal
  1  an error of ours stopped it, or a part of it could not be closed: standard error says which
  2  it could not start: usage, configuration, record or port`,
  ],
  [
    'notify',
    examples([
      'chokepoint notify test platform --config recorder.yaml',
      'chokepoint notify dead --record record.jsonl',
      'chokepoint notify dead --record record.jsonl --output json',
    ]),
  ],
  [
    'notify test',
    `${examples(['chokepoint notify test platform --config recorder.yaml'])}

It sends one message that says of itself that it is a test, past the rules, the groups and the quiet hours.

Exit status:
  0  the receiver took it
  1  it did not: standard error says why
  2  it was not asked: usage, or a configuration that cannot be used`,
  ],
  [
    'notify dead',
    `${examples([
      'chokepoint notify dead --record record.jsonl',
      'chokepoint notify dead --record /var/lib/chokepoint/record.jsonl --output json',
      'chokepoint notify dead --record record.jsonl --send-again',
    ])}

A message is given up where the receiver says that it will never take it, and where it was not taken for as long as
giveUpAfterHours says. The last 1000 are kept, in FILE.notify. The recorder may run meanwhile.

Exit status:
  0  listed, whether there are any or not
  2  there is no queue, or usage`,
  ],
  [
    'completion',
    `${examples([
      'source <(chokepoint completion bash)',
      'chokepoint completion zsh > ~/.zsh/completions/_chokepoint',
      'chokepoint completion fish > ~/.config/fish/completions/chokepoint.fish',
    ])}`,
  ],
]);
