import { defineChangeRule } from '../rule.ts';

/** The change opens a server that was closed: a policy deleted or edited, a label moved, a namespace relabelled, a gate lifted. */
export const policyRemoval = defineChangeRule({
  id: 'policy-removal',
  since: 'v1',
  title: 'The change opens a server that was closed',
  why: 'A server can be opened without touching it: by deleting or loosening its policy, by moving a label so that the policy no longer selects it, or by letting a held pod go.',
  limits:
    'Two changes at the same moment are each judged against the world before them; the controller and the scan find what slips between.',
  sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/'],
  levels: { baseline: 'deny', restricted: 'deny' },
  messages: {
    opens: 'the change opens {server}, which was closed',
    collected:
      'once its new owner is gone, the garbage collector deletes the policy and so opens {server}, which was closed',
  },
  check({ change, changed, before, after, brought, isCollected }) {
    const [first] = brought;
    // A policy that is new is at fault itself, and its own findings say so.
    if (change.before === undefined || before?.verdict !== 'allow' || after.verdict !== 'deny' || first === undefined)
      return [];
    const { kind, namespace, name } = after.subject;
    return [
      {
        messageId: isCollected ? 'collected' : 'opens',
        object: changed,
        path: isCollected ? 'metadata.ownerReferences' : '',
        data: { server: `${kind} ${namespace}/${name}` },
        ...(first.witness && { witness: first.witness }),
        fix: {
          summary: isCollected
            ? 'leave the owner out, or let it own the server too, so that both go together'
            : 'close the server by another policy first, or delete the server before its policy',
        },
      },
    ];
  },
});
