import type { GatePolicy, Perimeter, PerimeterPhase } from '../../core/gate/types.ts';
import { unionAddresses } from '../../core/net/addresses.ts';
import { guardedOf } from '../../core/netpol/guarded.ts';
import type { PerimeterForm } from './choices.ts';
import { envoyText } from './envoy.ts';
import { iptablesText } from './iptables.ts';
import { csvText, jsonText } from './list.ts';
import { loadBalancerText } from './load-balancer.ts';
import { nftablesText } from './nftables.ts';
import { rpzText } from './rpz.ts';
import { type PerimeterPlan, planPerimeter } from './rules.ts';
import { squidText } from './squid.ts';
import {
  awsNetworkFirewallText,
  awsSecurityGroupsText,
  azureFirewallText,
  azureNsgText,
  gcpText,
} from './terraform.ts';

type Write = (plan: PerimeterPlan, perimeter: Perimeter) => string;

const WRITERS: Readonly<Record<PerimeterForm, Write>> = {
  nftables: nftablesText,
  iptables: plan => iptablesText(plan, 4),
  ip6tables: plan => iptablesText(plan, 6),
  'aws-security-groups': awsSecurityGroupsText,
  'aws-network-firewall': awsNetworkFirewallText,
  gcp: gcpText,
  'azure-nsg': azureNsgText,
  'azure-firewall': azureFirewallText,
  'load-balancer': ({ phase }, perimeter) => loadBalancerText(perimeter, phase),
  squid: ({ phase }, perimeter) => squidText(perimeter, phase),
  envoy: ({ phase }, perimeter) => envoyText(perimeter, phase),
  rpz: ({ phase }, perimeter) => rpzText(perimeter, phase),
  csv: csvText,
  json: jsonText,
};

/** The perimeter of a policy in one form. `phase`: in place of the document's. */
export function perimeterText(
  perimeter: Perimeter,
  { protectedNetworks }: Pick<GatePolicy, 'protectedNetworks'>,
  form: PerimeterForm,
  phase: PerimeterPhase = perimeter.phase,
): string {
  const { metadata, credentials } = guardedOf(protectedNetworks);
  return WRITERS[form](planPerimeter(perimeter, unionAddresses([metadata, credentials]), phase), perimeter);
}
