import { refText } from '../explain.ts';
import type { KubeObject } from '../kube/types.ts';
import { isReferenceGrant } from '../reference-grants.ts';
import { type ChangeContext, defineChangeRule } from '../rule.ts';
import { isSame } from '../same.ts';
import {
  isEndpoints,
  isGatewayFact,
  isNetworkPolicy,
  isOfOtherApi,
  isRoute,
  isWorkload,
} from '../world/object-kinds.ts';

type MessageId =
  | 'policy-deleted'
  | 'policy-edited'
  | 'collected'
  | 'labels-moved'
  | 'workload-edited'
  | 'service-published'
  | 'route-added'
  | 'namespace-relabelled';

const FIXES: Readonly<Record<MessageId, string>> = {
  'policy-deleted': 'close the server by another policy first, or delete the server before its policy',
  'policy-edited': 'leave the policy as it was there, or close the server by another policy first',
  collected: 'leave the owner out, or let it own the server too, so that both go together',
  'labels-moved': 'keep the labels that its policies select, or let a policy select the new ones first',
  'workload-edited': 'leave out of the edit what the other findings name',
  'service-published': 'keep it a ClusterIP Service without externalIPs, and publish the gateway instead',
  'route-added': 'lead the route to the gateway, or through an entrance of the gateway',
  'namespace-relabelled': 'keep the labels by which gateways and policies know the namespace, or change those first',
};

const isGrant = (object: KubeObject): boolean => isGatewayFact(object) && isReferenceGrant(object);

/** What the change does that opens a server, by the kind of the changed object. */
function messageOf({ change, isCollected }: ChangeContext, before: KubeObject): MessageId {
  const { after } = change;
  if (isCollected) return 'collected';
  if (isNetworkPolicy(before) || isOfOtherApi(before)) return after === undefined ? 'policy-deleted' : 'policy-edited';
  if (isWorkload(before))
    return after !== undefined && isWorkload(after) && isSame(before.podLabels, after.podLabels)
      ? 'workload-edited'
      : 'labels-moved';
  if (isRoute(before) || isEndpoints(before) || isGrant(before)) return 'route-added';
  return before.kind === 'Namespace' ? 'namespace-relabelled' : 'service-published';
}

/** The change opens a server that was closed: a policy deleted or edited, a label moved, a namespace relabelled, a gate lifted. */
export const policyRemoval = defineChangeRule<MessageId>({
  id: 'policy-removal',
  since: 'v1',
  title: 'The change opens a server that was closed',
  why: 'A server can be opened without touching it: by deleting or loosening its policy, by moving a label so that the policy no longer selects it, or by letting a held pod go.',
  limits:
    'Of two changes at the same moment, a replica of the webhook judges the later one by both; what slips between two replicas, the controller and the scan find.',
  sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/'],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8,
  messages: {
    'policy-deleted': '{changed}, which closes it, is deleted',
    'policy-edited': 'the edit of {changed} opens it, and it was closed',
    collected: 'once its new owner is gone, the garbage collector deletes {changed}, which closes it',
    'labels-moved': 'its new labels take it away from the policies that closed it',
    'workload-edited': 'the edit opens it, and it was closed',
    'service-published': '{changed} now publishes it, and only its gateway could reach it',
    'route-added': '{changed} now leads to it past its gateway',
    'namespace-relabelled': 'the new labels of {changed} open it, and it was closed',
  },
  check(context) {
    const { change, changed, before, after, brought, isCollected } = context;
    const [first] = brought;
    // What is new is at fault itself, and its own findings say so: a policy, and a workload that the change makes a server.
    const wasClosed = before?.verdict === 'allow' && before.mcp.standing !== 'no';
    if (change.before === undefined || !wasClosed || after.verdict !== 'deny' || first === undefined) return [];
    const messageId = messageOf(context, change.before);
    return [
      {
        messageId,
        object: changed,
        path: isCollected ? 'metadata.ownerReferences' : '',
        data: { changed: refText(changed) },
        ...(first.witness && { witness: first.witness }),
        fix: { summary: FIXES[messageId] },
      },
    ];
  },
});
