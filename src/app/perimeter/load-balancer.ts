import type { Perimeter, PerimeterPhase } from '../../core/gate/types.ts';
import { toCidrs } from '../../core/net/addresses.ts';
import { headText } from './head.ts';

/** A patch for the gateway's Service of type LoadBalancer. Source: core/v1 ServiceSpec, `loadBalancerSourceRanges`. */
export function loadBalancerText({ agentNetworks }: Perimeter, phase: PerimeterPhase): string {
  const ranges = agentNetworks === undefined ? [] : toCidrs(agentNetworks);
  const isOpen = ranges.length === 0 || phase === 'log';
  const head = headText(
    {
      what: "Source ranges of the gateway's load balancer",
      says: [
        isOpen
          ? 'The ranges are empty, so that everybody reaches it: in the phase log, and without perimeter.agentNetworks.'
          : 'Nobody but agents reaches it. Not every load balancer heeds the field: read what your cloud says of it.',
      ],
      load: ['kubectl patch service -n NAMESPACE NAME --type merge --patch-file FILE'],
      rollBack: [
        'kubectl patch service -n NAMESPACE NAME --type merge -p \'{"spec":{"loadBalancerSourceRanges":null}}\'',
      ],
      unseen: ['Agents behind an address that is translated on the way: they come from another one.'],
    },
    phase,
  );
  const lines = isOpen
    ? ['  loadBalancerSourceRanges: []']
    : ['  loadBalancerSourceRanges:', ...ranges.map(cidr => `  - ${cidr}`)];
  return `${head}\nspec:\n${lines.join('\n')}\n`;
}
