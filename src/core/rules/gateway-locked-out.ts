import { refText } from '../explain.ts';
import type { ObjectRef } from '../kube/types.ts';
import { intersectAddresses, isNoAddress } from '../net/addresses.ts';
import { ALL_PORTS, intersectPorts, isNoPort, type PortSet, portRange, unionPorts } from '../net/ports.ts';
import { podsLeft, type Step } from '../netpol/earlier-tiers.ts';
import type { Opening } from '../netpol/effective.ts';
import { openedPods } from '../netpol/granted.ts';
import { overlaps, plainlyInside, regionOf, type SelectedPods } from '../netpol/region.ts';
import { defineRule, type RuleContext } from '../rule.ts';

/** Where the server serves; every port where that is not known. */
function servingPorts({ mcp }: RuleContext): PortSet {
  return mcp.ports.length === 0
    ? ALL_PORTS
    : unionPorts(mcp.ports.map(({ protocol, number }) => portRange(protocol, number, number)));
}

/** Whether some gateway's pod may be among the selected ones. */
function admitsPods(selection: SelectedPods, { earlier }: Opening, gateways: readonly SelectedPods[]): boolean {
  const region = regionOf(selection);
  if (region === undefined) return false;
  if (earlier === undefined)
    return gateways.some(gateway => plainlyInside(selection, gateway) || overlaps(region, gateway));
  return podsLeft(region, earlier).some(left => gateways.some(gateway => overlaps(left, gateway)));
}

/** Whether the opening lets some gateway in on a serving port. */
function admitsGateway(opening: Opening, context: RuleContext, serving: PortSet): boolean {
  const ports = intersectPorts(opening.ports, serving);
  if (isNoPort(ports)) return false;
  const { pods, boxes } = context.granted.gateways;
  const selection = openedPods(opening);
  if (selection && admitsPods({ ...selection, ports }, opening, pods)) return true;
  if (opening.peer === 'any') return opening.earlier === undefined;
  if (opening.peer.kind === 'pods') return context.policy.gateways.kind === 'assumed';
  const { specified } = opening.peer;
  return boxes.some(({ addresses }) => !isNoAddress(intersectAddresses(addresses, specified)));
}

/** The first policy of another API with a rule that denies it to some gateway. */
function denyingPolicy({ traffic: { tiers }, granted }: RuleContext, serving: PortSet): ObjectRef | undefined {
  const gateways = granted.gateways.pods.flatMap(pods => regionOf({ ...pods, ports: serving }) ?? []);
  const all = tiers?.ingress.tiers.flatMap(({ groups }) => groups.flat()) ?? [];
  const denies = ({ action, takes }: Step): boolean =>
    action === 'Deny' && takes.pods.some(pods => gateways.some(gateway => overlaps(gateway, pods)));
  return all.find(({ steps }) => steps.some(denies))?.policy.source;
}

/** What shuts the gateways out: NetworkPolicies, or a policy that goes before them. */
function lockedOut(context: RuleContext, serving: PortSet) {
  const { subject, traffic, mcp, policy } = context;
  const ports = mcp.ports.map(({ protocol, number }) => `${number}/${protocol}`).join(', ') || 'any port';
  const found = { path: subject.podLabelsPath, data: { ports } };
  const isDeniedBefore = traffic.ingress.openings.some(({ earlier: _, ...opening }) =>
    admitsGateway(opening, context, serving),
  );
  if (isDeniedBefore) {
    const denying = denyingPolicy(context, serving);
    const data = { ports, policy: denying === undefined ? 'a policy' : refText(denying) };
    const summary = `let the gateway pass, or accept it, on ${ports} before the rule that denies it: no NetworkPolicy opens what that rule denies`;
    return { messageId: 'denied-before' as const, ...found, data, fix: { summary } };
  }
  const how =
    policy.gateways.kind === 'configured'
      ? '`chokepoint generate` prints the policy'
      : 'name it by --gateway NAMESPACE/KEY=VALUE, or under gateways of the GatePolicy: `chokepoint generate` prints the policy then';
  return { messageId: 'locked-out' as const, ...found, fix: { summary: `admit the gateway on ${ports} (${how})` } };
}

/** A server that is closed to its own gateway: safe, and of no use. */
export const gatewayLockedOut = defineRule({
  id: 'gateway-locked-out',
  since: 'v1',
  title: 'The gateway itself cannot reach the server',
  why: 'A policy that shuts out the gateway makes the server unusable, and is soon replaced in a hurry by one that is too open.',
  limits:
    'Servers that only speak over stdio need no ingress and are not judged. Without configured gateways any admitted pods are taken for one.',
  sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/'],
  levels: { baseline: 'warn', restricted: 'warn' },
  severity: 3,
  messages: {
    'locked-out': 'its ingress is isolated, but no gateway may reach it on {ports}',
    'denied-before': '{policy} goes before NetworkPolicies and denies it to every gateway on {ports}',
    'no-gateway': 'no configured gateway serves namespace {namespace}',
  },
  check(context) {
    const { subject, traffic, granted, ref, policy } = context;
    const declaresPorts = subject.containers.some(container => container.ports.length > 0);
    if (subject.hostNetwork || !traffic.ingress.isolated || !declaresPorts) return [];
    const { pods, boxes } = granted.gateways;
    if (policy.gateways.kind === 'configured' && pods.length + boxes.length === 0) {
      const fix = { summary: 'add a gateway whose servesNamespaces selects the namespace to the GatePolicy' };
      return [{ messageId: 'no-gateway', path: '', data: { namespace: ref.namespace }, fix }];
    }
    const serving = servingPorts(context);
    if (traffic.ingress.openings.some(opening => admitsGateway(opening, context, serving))) return [];
    return [lockedOut(context, serving)];
  },
});
