import { MCP_SERVER_KINDS, type McpServerKind } from '../src/core/kube/mcp-operators.ts';
import { WORKLOADS, type WorkloadKind } from '../src/core/kube/workload-kinds.ts';

const code = (text: string): string => `\`${text}\``;
const listed = (texts: readonly string[]): string => texts.map(code).join(', ');
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const typeText = ({ group, kind, versions }: WorkloadKind): string =>
  code([...(group === '' ? [] : [group]), ...versions.slice(0, 1), kind].join('/'));

const templateText = ({ templates }: WorkloadKind): string =>
  templates.map(({ path, part }) => `${code(path.join('.') || 'the object')}${part && ` (${part})`}`).join(', ');

const knownText = ({ labels }: WorkloadKind): string =>
  Object.entries(labels)
    .map(([key, source]) => `${code(key)}: the ${source === 'name' ? 'name' : "part's name"}`)
    .join(', ');

function unknownText({ controllerLabels: { keys, prefixes, defaults, anyOther }, policy }: WorkloadKind): string {
  const patterns = [...keys, ...prefixes.map(prefix => `${prefix}*`)];
  const withoutOwn = [...defaults].filter(key => key !== '*');
  const parts = [
    listed(patterns),
    ...(withoutOwn.length > 0 ? [`${listed(withoutOwn)} where the template has none`] : []),
    ...(anyOther ? ['any other label'] : []),
    ...(policy === undefined ? [] : [`a NetworkPolicy of its own: ${code(policy)}`]),
  ];
  return parts.filter(part => part !== '').join(', ');
}

const operatedText = ({ pods }: McpServerKind): string =>
  pods
    .map(({ part, labels, port }) => {
      const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value.replace('{name}', 'NAME')}`);
      return `${listed(pairs)}${part && ` (${part})`}, port ${port.at ? `${code(port.at)}, else ` : ''}${port.usual}`;
    })
    .join('; ');

function operatorRow(kind: McpServerKind): string {
  const { operator, version, source, policy } = kind;
  const written = policy ? `written from ${code(policy.ingressFrom)} and ${code(policy.egressTo)}` : 'none';
  return row([code(`${kind.group}/${kind.kind}`), `[${operator}](${source}) ${version}`, operatedText(kind), written]);
}

/** The page of the kinds of workloads, from the table that is read by. */
export function workloadKindsPage(): string {
  const rows = WORKLOADS.map(kind => row([typeText(kind), templateText(kind), knownText(kind), unknownText(kind)]));
  return `<!-- Written by npm run gen from src/core/kube/workload-kinds.ts: change it there. -->

# Which objects make Pods

\`check\` judges each pod template of these kinds as it judges a Deployment's. Kinds without a version here are read in every version.
One of several templates of an object is named after its part: \`LeaderWorkerSet tools/ledger/leader\`. A kind that is called as one of Kubernetes' own is told with
its group: \`Service.serving.knative.dev\`; exceptions name it so too.

Controllers add labels to pods, and a NetworkPolicy may select by them:

- a label whose value follows from the object is certain: a policy selects by it as by the template's own;
- a label that changes with each revision never isolates for good: what only such a policy closes is denied;
- of any other label that is known to the controller alone it cannot be told whether a policy selects the pods: where that decides, the verdict is \`undetermined\`, with the
  cause \`unknown-labels\` and the policy. Where the controller writes a NetworkPolicy itself, an absent one is \`unknown-policy\`.

A Rollout with \`workloadRef\` is judged as the Deployment that it names. A VirtualMachine is judged by its labels and networks alone. Through Knative, traffic comes from its own
ingress and activator to the port of its proxy (8012): admit these as your gateway, and check the ports.

In a cluster Kubernetes' own kinds are watched, no others: every Pod is judged at admission, whoever makes it. \`scan\` names the owner that made a workload, as far as its
ownerReferences tell.

| kind | pod template | labels that are certain | labels that its controller sets to anything |
| --- | --- | --- | --- |
${rows.join('\n')}

## Resources of MCP operators

These are MCP servers by their kind, judged as their operator makes them in the version that is named here. Fixes of what an operator writes name the field of the resource that it is
written from, and nothing edits what an operator would write again; so it is with a NetworkPolicy in the input or in a cluster that such a resource owns. Where the operator writes no
NetworkPolicy, \`generate\` gives one beside it. ToolHive's MCPServer makes two sorts of pods: the proxy that clients reach (told by the name alone) and the server behind it
(\`NAME/server\`), whose gateway is the proxy; its \`permissionProfile\` is not enforced in Kubernetes, and told (\`not-enforced\`): \`generate --from-operator\` [takes it over](dialects.md#what-operators-are-told). An MCPServer with \`workloadRef\` makes
no pods: it [declares](detection.md#declaring-a-server) the workload that it names.

| kind | operator | labels of the pods, and their port | NetworkPolicy |
| --- | --- | --- | --- |
${MCP_SERVER_KINDS.map(operatorRow).join('\n')}
`;
}
