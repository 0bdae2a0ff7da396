import { addressSetOf } from '../gate/discover-networks.ts';
import type { Perimeter } from '../gate/types.ts';
import { type AddressSet, containsAddresses, isNoAddress, NO_ADDRESSES, unionAddresses } from '../net/addresses.ts';
import { parseCidr } from '../net/cidr.ts';

/**
 * What a host is that an agent speaks MCP to.
 * `gateway`: it is that of the perimeter. `machine`: the machine of the agent itself. `internal`: in one's own networks. `service`: it offers MCP to the
 * public. `personal`: whoever has an account there publishes under it. `unknown`: none of these.
 */
export type HostStanding = 'gateway' | 'machine' | 'internal' | 'service' | 'personal' | 'unknown';

/** Hosts, with those below them, at which makers of software offer MCP. Source: their own documentation of MCP. */
const SERVICES: readonly string[] = [
  ...['api.githubcopilot.com', 'mcp.atlassian.com', 'mcp.linear.app', 'mcp.notion.com', 'mcp.sentry.dev'],
  ...['mcp.stripe.com', 'mcp.paypal.com', 'mcp.squareup.com', 'mcp.intercom.com', 'mcp.asana.com', 'mcp.monday.com'],
  ...['mcp.hubspot.com', 'mcp.figma.com', 'mcp.canva.com', 'mcp.webflow.com', 'mcp.wix.com', 'mcp.supabase.com'],
  ...['mcp.neon.tech', 'mcp.prisma.io', 'mcp.vercel.com', 'mcp.cloudflare.com', 'mcp.zapier.com', 'mcp.composio.dev'],
  ...['mcp.pipedream.net', 'server.smithery.ai', 'mcp.context7.com', 'mcp.deepwiki.com', 'gitmcp.io', 'mcp.exa.ai'],
  ...['mcp.tavily.com', 'mcp.slack.com', 'mcp.apify.com', 'mcp.firecrawl.dev', 'knowledge-mcp.global.api.aws'],
];

/** Domains under which accounts of anybody get names: tunnels from a machine, and hosting by the maker. Source: the Public Suffix List, private domains. */
const PERSONAL: readonly string[] = [
  ...['ngrok.io', 'ngrok.app', 'ngrok.dev', 'ngrok-free.app', 'ngrok-free.dev', 'trycloudflare.com', 'loca.lt'],
  ...['lhr.life', 'localhost.run', 'serveo.net', 'pinggy.link', 'devtunnels.ms', 'app.github.dev', 'ts.net'],
  ...['workers.dev', 'pages.dev', 'vercel.app', 'netlify.app', 'onrender.com', 'fly.dev', 'up.railway.app'],
  ...['herokuapp.com', 'deno.dev', 'replit.app', 'repl.co', 'replit.dev', 'glitch.me', 'hf.space', 'gradio.live'],
  ...['run.app', 'cloudfunctions.net', 'appspot.com', 'web.app', 'azurewebsites.net', 'azurecontainerapps.io'],
  ...['on.aws', 'awsapprunner.com', 'ondigitalocean.app', 'koyeb.app', 'modal.run', 'surge.sh', 'smithery.ai'],
];

/** Ends of names that no public resolver answers. Source: RFC 6762, RFC 8375, RFC 9476, ICANN's reservation of `internal`. */
const INTERNAL: readonly string[] = [
  ...['svc', 'cluster.local', 'local', 'internal', 'intranet', 'lan', 'corp', 'home', 'home.arpa', 'localdomain'],
];

/** Names by which a container reaches the machine that runs it, and the machine itself. */
const MACHINE: readonly string[] = ['localhost', 'host.docker.internal', 'host.containers.internal'];

const LOOPBACK: AddressSet = unionAddresses(
  ['127.0.0.0/8', '::1/128', '0.0.0.0/32', '::/128'].map(text => parseCidr(text).range ?? NO_ADDRESSES),
);

/** Where no perimeter says which networks are one's own: private-use addresses (RFC 1918, RFC 4193). */
const PRIVATE: AddressSet = unionAddresses(
  ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].map(text => parseCidr(text).range ?? NO_ADDRESSES),
);

const isUnder = (host: string, ends: Iterable<string>): boolean => {
  for (const end of ends) if (host === end || host.endsWith(`.${end}`)) return true;
  return false;
};

function standingOfAddress(address: AddressSet, perimeter: Perimeter | undefined): HostStanding {
  if (containsAddresses(LOOPBACK, address)) return 'machine';
  if (perimeter !== undefined && containsAddresses(perimeter.gateway.addresses, address)) return 'gateway';
  const own = perimeter?.internalNetworks ?? PRIVATE;
  return containsAddresses(unionAddresses([own, perimeter?.serverNetworks ?? NO_ADDRESSES]), address)
    ? 'internal'
    : 'unknown';
}

/**
 * What a host is. `host`: a name in small letters or an address, without brackets and port; a full stop at its end is passed over. `known`: further hosts
 * that are known to offer MCP, as of a registry.
 */
export function hostStanding(
  host: string,
  perimeter: Perimeter | undefined,
  known: ReadonlySet<string> = new Set(),
): HostStanding {
  const name = host.replace(/\.$/, '');
  const address = addressSetOf(name);
  if (!isNoAddress(address)) return standingOfAddress(address, perimeter);
  if (perimeter?.gateway.hosts.includes(name)) return 'gateway';
  if (isUnder(name, MACHINE)) return 'machine';
  if (isUnder(name, perimeter?.mcpHosts ?? []) || known.has(name) || isUnder(name, SERVICES)) return 'service';
  if (!name.includes('.') || isUnder(name, INTERNAL)) return 'internal';
  return isUnder(name, PERSONAL) ? 'personal' : 'unknown';
}
