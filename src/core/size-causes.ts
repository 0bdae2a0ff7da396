import type { Cause, McpJudgement } from './decision.ts';
import { isTooLarge, MAX_OBJECT_VALUES, MAX_SERVER_VALUES } from './kube/size.ts';
import type { KubeObject, ObjectRef, Service, Workload } from './kube/types.ts';
import type { EffectiveTraffic } from './netpol/effective.ts';
import { mayMatchPairs, podLabelsOf } from './netpol/selects.ts';
import type { PodLabels } from './selector-index.ts';
import { refOf } from './world/refs.ts';
import type { NamespaceContent } from './world/world.ts';

/** Whether a Service may send traffic to these pods. The selector of one that is too large may have been left out: then it may. */
export function mayServe(service: Service, labels: PodLabels): boolean {
  return service.selector === undefined ? isTooLarge(service) : mayMatchPairs(service.selector, labels);
}

const causeOf = (object: KubeObject, bears: string): Cause => ({
  code: 'too-large',
  object: refOf(object),
  message: `${object.kind} ${object.meta.name} ${bears} and is too large to judge: more than ${MAX_OBJECT_VALUES} values`,
});

/** A server, where it is, and what selects it. */
interface SizedServer {
  readonly subject: Workload;
  readonly content: NamespaceContent;
  readonly traffic: EffectiveTraffic;
  readonly ref: ObjectRef;
}

/** Why a server cannot be judged for the size of things: each object that is too large by name, then what is too much together. */
export function sizeCauses({ subject, content, traffic, ref }: SizedServer): readonly Cause[] {
  const labels = podLabelsOf(subject);
  const { tooLarge, tooLargeEndpoints } = content.byHand();
  const services = tooLarge.filter(service => mayServe(service, labels));
  const together: Cause = {
    code: 'too-large',
    object: ref,
    message: `the ${traffic.policies.length} NetworkPolicies that may select its pods are too large to judge: more than ${MAX_SERVER_VALUES} values together`,
  };
  return [
    ...(isTooLarge(subject) ? [causeOf(subject, 'is the server')] : []),
    ...traffic.policies.filter(isTooLarge).map(policy => causeOf(policy, 'may select its pods')),
    ...services.map(service => causeOf(service, 'may select its pods')),
    ...[...content.senders().tooLarge, ...tooLargeEndpoints].map(sender => causeOf(sender, 'may lead to it')),
    ...(traffic.isTooLarge ? [together] : []),
  ];
}

/** A workload of which only the outline is known may be a server. */
export const MAY_BE_SERVER: McpJudgement = {
  standing: 'suspected',
  evidence: [
    { signal: 'too-large', strength: 'weak', path: '', says: 'it is too large to tell whether it is a server' },
  ],
  ports: [],
  setAside: [],
};
