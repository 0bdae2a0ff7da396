import { readTierPort } from './decode-admin-network-policy.ts';
import { decodeTiersOf, type TierDialect, type TierReader } from './decode-tier-rules.ts';

const DIALECT: TierDialect = {
  actions: new Map([
    ['Accept', 'Allow'],
    ['Deny', 'Deny'],
    ['Pass', 'Pass'],
  ]),
  neededSelectors: ['namespaceSelector', 'podSelector'],
  egressPeers: ['networks', 'domainNames'],
  domainActions: ['Allow', 'Pass'],
  most: 100,
  portsField: 'ports',
  readPort: readTierPort,
};

/** networking.k8s.aws/v1alpha1 ClusterNetworkPolicy of Amazon EKS: the tiers of the upstream API with the ports of its older version. */
export const readAwsClusterNetworkPolicy: TierReader = {
  versions: ['v1alpha1'],
  read: (spec, object) => decodeTiersOf(spec, object, DIALECT, 'tier'),
};
