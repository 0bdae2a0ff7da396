import type { McpJudgement } from '../decision.ts';
import type { ContainerPort, Service } from '../kube/types.ts';
import { compare } from '../order.ts';
import type { SignalTable } from './signal-table.ts';
import { hasWord, normal } from './text.ts';
import type { WorkloadContext } from './workload-signals.ts';

type ServerPort = McpJudgement['ports'][number];

/** Words in the names of ports that serve metrics, health and the like, never MCP. */
const OTHER_USES = [
  'metrics',
  'prom',
  'prometheus',
  'health',
  'healthz',
  'probe',
  'probes',
  'admin',
  'debug',
  'pprof',
  'status',
];

const servesOtherUse = ({ name }: ContainerPort): boolean => OTHER_USES.some(word => hasWord(normal(name), word));

function passes(
  table: SignalTable,
  place: 'port-name' | 'service-app-protocol' | 'service-port-name',
  text: string,
): boolean {
  return text !== '' && table.at(place).signals.some(ready => ready.test(normal(text)));
}

/** The ports of pods that a Service's MCP ports send to: a number, or a name that containers declare. */
function targets(service: Service, table: SignalTable, declared: readonly ContainerPort[]): readonly ServerPort[] {
  return service.ports.flatMap(({ appProtocol, name, targetPort, number, protocol }) => {
    const speaksMcp = passes(table, 'service-app-protocol', appProtocol) || passes(table, 'service-port-name', name);
    if (!speaksMcp) return [];
    if (typeof targetPort === 'number') return { protocol, number: targetPort === 0 ? number : targetPort };
    return declared.filter(port => port.name === targetPort && port.protocol === protocol);
  });
}

function sortedUnique(ports: readonly ServerPort[]): readonly ServerPort[] {
  const unique = new Map(ports.map(({ protocol, number }) => [`${number}/${protocol}`, { protocol, number }]));
  return [...unique.values()].sort((a, b) => a.number - b.number || compare(a.protocol, b.protocol));
}

/**
 * Where a server serves: the container ports that are named for MCP; else those that a Service's MCP ports send to;
 * else all that its containers declare but those for metrics and health. Empty: it declares none (stdio, or not known).
 * A sidecar's ports count only if they are named.
 */
export function serverPorts({ containers, services }: WorkloadContext, table: SignalTable): readonly ServerPort[] {
  const declared = containers.flatMap(({ ports }) => ports).filter(({ number }) => number > 0);
  const named = declared.filter(({ name }) => passes(table, 'port-name', name));
  if (named.length > 0) return sortedUnique(named);
  const targeted = services.flatMap(service => targets(service, table, declared));
  if (targeted.length > 0) return sortedUnique(targeted);
  const main = containers.filter(({ role }) => role === 'container').flatMap(({ ports }) => ports);
  return sortedUnique(main.filter(port => port.number > 0 && !servesOtherUse(port)));
}
