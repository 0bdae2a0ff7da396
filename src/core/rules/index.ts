import type { Rule } from '../rule.ts';
import { cidrAmbiguous } from './cidr-ambiguous.ts';
import { egressBeyondAllowed } from './egress-beyond-allowed.ts';
import { egressNotIsolated } from './egress-not-isolated.ts';
import { egressReachesCluster } from './egress-reaches-cluster.ts';
import { egressReachesLinkLocal } from './egress-reaches-link-local.ts';
import { egressReachesMetadata } from './egress-reaches-metadata.ts';
import { gatewayLockedOut } from './gateway-locked-out.ts';
import { gatewayUnauthenticated } from './gateway-unauthenticated.ts';
import { gatewayUnauthorized } from './gateway-unauthorized.ts';
import { gatewayUnlogged } from './gateway-unlogged.ts';
import { hostNetwork } from './host-network.ts';
import { ingressBeyondGateway } from './ingress-beyond-gateway.ts';
import { ingressNotIsolated } from './ingress-not-isolated.ts';
import { modeLowered } from './mode-lowered.ts';
import { nodeAccess } from './node-access.ts';
import { policiesNotEnforced } from './policies-not-enforced.ts';
import { policyRemoval } from './policy-removal.ts';
import { routeBypassesGateway } from './route-bypasses-gateway.ts';
import { secondInterface } from './second-interface.ts';
import { serverOptedOut } from './server-opted-out.ts';
import { serviceExposed } from './service-exposed.ts';
import { unregisteredServer } from './unregistered-server.ts';

/** Ruleset v1, in alphabetical order of ids. */
export const RULES: readonly Rule[] = [
  cidrAmbiguous,
  egressBeyondAllowed,
  egressNotIsolated,
  egressReachesCluster,
  egressReachesLinkLocal,
  egressReachesMetadata,
  gatewayLockedOut,
  gatewayUnauthenticated,
  gatewayUnauthorized,
  gatewayUnlogged,
  hostNetwork,
  ingressBeyondGateway,
  ingressNotIsolated,
  modeLowered,
  nodeAccess,
  policiesNotEnforced,
  policyRemoval,
  routeBypassesGateway,
  secondInterface,
  serverOptedOut,
  serviceExposed,
  unregisteredServer,
];
