import type { Perimeter, PerimeterPhase } from '../../core/gate/types.ts';
import { type AddressSet, isNoAddress, NO_ADDRESSES, unionAddresses } from '../../core/net/addresses.ts';
import { parseCidr } from '../../core/net/cidr.ts';
import type { Family } from '../../core/net/ip.ts';
import { visibleText } from '../../core/visible-text.ts';

/** What a packet filter is told of connections, by their first packet. Replies pass with their connection. */
export interface PerimeterRule {
  /** At most 17 characters, of small letters and dashes: a prefix of iptables' log lines holds 29. */
  readonly name: string;
  /** A clause for a comment, of one line. */
  readonly why: string;
  /** `undefined`: from everywhere. */
  readonly from: AddressSet | undefined;
  /** `undefined`: to everywhere. */
  readonly to: AddressSet | undefined;
  /** Destinations that the rule leaves to those after it. */
  readonly except: AddressSet | undefined;
  /** TCP ports; `undefined`: every port of every protocol. */
  readonly ports: readonly number[] | undefined;
  /** `stop`: dropped where the phase is enforce, told alone where it is log. */
  readonly verdict: 'pass' | 'stop';
}

/** The rules with what they are for. The first that matches decides; what none matches is left to others. */
export interface PerimeterPlan {
  readonly phase: PerimeterPhase;
  readonly rules: readonly PerimeterRule[];
  /** What packet filters with these rules do not see, a sentence each. */
  readonly unseen: readonly string[];
}

const ANYWHERE = { from: undefined, to: undefined, except: undefined } as const;

function toGateway({ gateway, agentNetworks }: Perimeter): readonly PerimeterRule[] {
  const at = { ...ANYWHERE, to: gateway.addresses, ports: [gateway.port] };
  const agents: PerimeterRule = {
    ...at,
    name: 'agents-to-gateway',
    why: 'agents reach the gateway by HTTPS',
    from: agentNetworks,
    verdict: 'pass',
  };
  if (agentNetworks === undefined) return [agents];
  return [agents, { ...at, name: 'others-to-gateway', why: 'nobody but agents reaches the gateway', verdict: 'stop' }];
}

/** Where MCP ports are reached through the gateway alone: its own addresses too, on which it serves HTTPS and nothing else. */
const guardedNetworks = ({ gateway, internalNetworks, serverNetworks }: Perimeter): AddressSet =>
  unionAddresses([internalNetworks, gateway.addresses, ...(serverNetworks === undefined ? [] : [serverNetworks])]);

function pastGateway(perimeter: Perimeter): readonly PerimeterRule[] {
  const { gateway, mcpPorts } = perimeter;
  const ports = mcpPorts;
  if (ports.length === 0) return [];
  const at = { ...ANYWHERE, to: guardedNetworks(perimeter), ports };
  return [
    {
      ...at,
      name: 'gateway-onward',
      why: 'the gateway reaches MCP servers on their ports',
      from: gateway.sources,
      verdict: 'pass',
    },
    { ...at, name: 'past-gateway', why: 'nobody else reaches the ports of MCP servers', verdict: 'stop' },
  ];
}

/** What no router forwards, and no host does without: its neighbours, its name server on the node. Metadata addresses among them are stopped before. */
const ON_LINK: AddressSet = unionAddresses(
  ['169.254.0.0/16', '224.0.0.0/4', 'fe80::/10', 'ff00::/8'].map(text => parseCidr(text).range ?? NO_ADDRESSES),
);

function fromServers(
  { serverNetworks, internalNetworks, allowedEgress }: Perimeter,
  metadata: AddressSet,
): readonly PerimeterRule[] {
  if (serverNetworks === undefined) return [];
  const at = { ...ANYWHERE, from: serverNetworks };
  return [
    {
      ...at,
      name: 'servers-to-cloud',
      why: "servers do not reach the cloud's metadata addresses",
      to: metadata,
      ports: undefined,
      verdict: 'stop',
    },
    ...allowedEgress
      .filter(({ addresses, ports }) => !isNoAddress(addresses) && ports.length > 0)
      .map(
        ({ name, addresses, ports }): PerimeterRule => ({
          ...at,
          name: 'servers-allowed',
          why: `servers reach ${visibleText(name)}`,
          to: addresses,
          ports,
          verdict: 'pass',
        }),
      ),
    {
      ...at,
      name: 'servers-out',
      why: 'servers reach nothing else outside',
      except: unionAddresses([internalNetworks, serverNetworks, ON_LINK]),
      ports: undefined,
      verdict: 'stop',
    },
  ];
}

const UNSEEN = [
  'MCP over HTTPS to services outside, on port 443: a proxy sees the names, see --as squid, envoy and rpz.',
  'MCP on other ports than those of mcpPorts.',
  'Connections that do not pass this filter: between Pods of one node, between hosts of one segment, on the host itself.',
  'Who asks: an address is no proof of identity, the gateway has to authenticate every request.',
];

/** The rules of a perimeter. `metadata`: the addresses of the cloud that hand out credentials. `phase`: in place of the document's. */
export function planPerimeter(perimeter: Perimeter, metadata: AddressSet, phase = perimeter.phase): PerimeterPlan {
  const unknown =
    perimeter.serverNetworks === undefined
      ? ['What MCP servers reach: perimeter.serverNetworks does not say where they run.']
      : [];
  return {
    phase,
    rules: [...toGateway(perimeter), ...pastGateway(perimeter), ...fromServers(perimeter, metadata)],
    unseen: [...unknown, ...UNSEEN],
  };
}

/** The addresses of one family. */
const inFamily = (set: AddressSet, family: Family): AddressSet =>
  family === 4 ? { v4: set.v4, v6: [] } : { v4: [], v6: set.v6 };

/** The part of a rule that is about addresses of one family; `undefined`: none is. */
export function ruleInFamily(rule: PerimeterRule, family: Family): PerimeterRule | undefined {
  const [from, to, except] = [rule.from, rule.to, rule.except].map(set => set && inFamily(set, family));
  if ((from && isNoAddress(from)) || (to && isNoAddress(to))) return undefined;
  return { ...rule, from, to, except: except && isNoAddress(except) ? undefined : except };
}
