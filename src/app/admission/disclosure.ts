import type { Cause, Finding } from '../../core/decision.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import type { JudgedServer } from './judge-review.ts';

/**
 * An answer goes to whoever asked, who may write in the reviewed namespace, or stand at the port and say that he does. So it names objects of
 * that namespace and cluster-wide ones, and gateways by what the configuration says of them; of others it says that there is one, and no more.
 */
const isElsewhere = (ref: ObjectRef, namespace: string): boolean => ref.namespace !== '' && ref.namespace !== namespace;

/** Who changes an object of the whole cluster is in no namespace. */
const whereOf = (namespace: string): string => (namespace === '' ? 'in a namespace' : 'in another namespace');

/** Reads as `HTTPRoute in another namespace`. */
const unnamed = ({ kind }: ObjectRef, namespace: string): ObjectRef => ({
  kind,
  namespace: '',
  name: whereOf(namespace),
});

const told = (ref: ObjectRef, namespace: string): ObjectRef =>
  isElsewhere(ref, namespace) ? unnamed(ref, namespace) : ref;

function toldFinding({ witness, ...finding }: Finding, namespace: string): Finding {
  const subject = told(finding.subject, namespace);
  if (!isElsewhere(finding.object, namespace)) return { ...finding, subject, ...(witness && { witness }) };
  return {
    ...finding,
    subject,
    object: unnamed(finding.object, namespace),
    path: '',
    message: `an object of kind ${finding.object.kind} ${whereOf(namespace)} breaks this rule`,
    fix: { summary: 'ask whoever looks after that namespace' },
  };
}

function toldCause(cause: Cause, namespace: string): Cause {
  if (!isElsewhere(cause.object, namespace)) return cause;
  const object = unnamed(cause.object, namespace);
  return { ...cause, object, message: `an object of kind ${object.kind} ${whereOf(namespace)} cannot be judged` };
}

/** What may be said of the servers to who changes an object of this namespace. What was wrong in others before is theirs to know. */
export function disclosed(servers: readonly JudgedServer[], namespace: string): readonly JudgedServer[] {
  return servers.map(server => {
    const { decision, faults, causes, remarks } = server;
    const isForeign = isElsewhere(decision.subject, namespace);
    // What the change itself does is shown by an example of what another object opens.
    const hidden = new Set(faults.filter(({ object }) => isElsewhere(object, namespace)).map(({ witness }) => witness));
    const withoutHidden = ({ witness, ...finding }: Finding): Finding =>
      witness === undefined || hidden.has(witness) ? finding : { ...finding, witness };
    const known = isForeign ? remarks.filter(({ object }) => !isElsewhere(object, namespace)) : remarks;
    return {
      ...server,
      decision: {
        ...decision,
        subject: told(decision.subject, namespace),
        refusedExceptions: decision.refusedExceptions.filter(({ object }) => !isElsewhere(object, namespace)),
      },
      faults: faults.map(withoutHidden).map(finding => toldFinding(finding, namespace)),
      causes: causes.map(cause => toldCause(cause, namespace)),
      remarks: known.map(finding => toldFinding(finding, namespace)),
    };
  });
}
