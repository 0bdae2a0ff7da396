import { flow } from '../../core/kube/syntax.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { GatewayEntry, Sight } from './sight.ts';

/** A field of `spec` that a configuration is to have. */
export interface SpecField {
  readonly name: string;
  /** As YAML in block style, its first line on column 0, its key included. */
  readonly lines: readonly string[];
}

const commented = (text: string): string => (text === '' ? '' : ` # ${visibleText(text)}`);

/** Names must be of their own: the second one of a product gets a number. */
function uniqueNames(gateways: readonly GatewayEntry[]): readonly string[] {
  const used = new Map<string, number>();
  return gateways.map(({ name }) => {
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    return count === 1 ? name : `${name}-${count}`;
  });
}

function gatewayLines(gateways: readonly GatewayEntry[]): readonly string[] {
  const names = uniqueNames(gateways);
  return gateways.flatMap(({ reason, from }, index) => [
    `- name: ${JSON.stringify(names[index] ?? '')}${commented(reason)}`,
    '  from:',
    ...from.map(peer => `  - ${flow(peer)}`),
  ]);
}

/** The fields besides ranges: of several gateways none, since a person chooses. */
export function fieldsFor(
  { clusterDns }: Sight,
  gateways: readonly GatewayEntry[],
  provider: string | undefined,
): readonly SpecField[] {
  return [
    ...(provider === undefined ? [] : [{ name: 'provider', lines: [`provider: ${provider}`] }]),
    ...(clusterDns === undefined ? [] : [{ name: 'clusterDNS', lines: [`clusterDNS: ${clusterDns}`] }]),
    ...(gateways.length === 0 ? [] : [{ name: 'gateways', lines: ['gateways:', ...gatewayLines(gateways)] }]),
  ];
}

/** The flag that names a gateway: its namespace and the labels of its pods; `undefined` where it takes more words than the flag has. */
export function gatewayFlag({ from: [peer, ...others] }: GatewayEntry): string | undefined {
  const namespace = peer?.namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'];
  const labels = Object.entries(peer?.podSelector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const isExact = others.length === 0 && peer?.podSelector?.matchExpressions === undefined && labels.length > 0;
  return namespace !== undefined && isExact ? `--gateway ${namespace}/${labels.join(',')}` : undefined;
}

function serversLine({ servers }: Sight): string {
  const named = [...servers].map(([name, count]) => `${name} (${count})`);
  return named.length === 0 ? 'No MCP server was seen.' : `MCP servers were seen in: ${visibleText(named.join(', '))}.`;
}

/** A document without anything that has to be seen: what is found is put in behind it. */
export function skeleton(sight: Sight): string {
  return `# What Chokepoint judges by. Each field: docs/configuration.md. Begun by chokepoint init, which adds what is new and leaves all else.
# ${serversLine(sight)}
apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata:
  name: default
spec:
  # Findings are recorded, and nothing is refused. Once they are settled, namespaces come to enforce by date (docs/rollout.md):
  # rollout:
  # - name: all
  #   auditDays: 30
  #   warnDays: 7
  mode: audit
`;
}
