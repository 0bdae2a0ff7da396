/** What the rules of a perimeter are written for. */
export const PERIMETER_FORMS = [
  'nftables',
  'iptables',
  'ip6tables',
  'aws-security-groups',
  'aws-network-firewall',
  'gcp',
  'azure-nsg',
  'azure-firewall',
  'load-balancer',
  'squid',
  'envoy',
  'rpz',
  'csv',
  'json',
] as const;
export type PerimeterForm = (typeof PERIMETER_FORMS)[number];
