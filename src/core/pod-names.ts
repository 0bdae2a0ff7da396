import { type Decision, toldOf } from './decision.ts';
import type { Judge } from './evaluate.ts';
import type { Workload } from './kube/types.ts';
import { judgementNamed } from './mcp/name-signs.ts';
import { objectKey } from './world/refs.ts';
import type { World } from './world/world.ts';

/** The Pod under another name. */
export const podNamed = (pod: Workload, name: string): Workload => ({ ...pod, meta: { ...pod.meta, name } });

/** Whether something of the world or of the policy goes by the name of this Pod. */
function isNamed(judge: Judge, world: World, pod: Workload): boolean {
  const { namespace, name } = pod.meta;
  const content = world.namespace(namespace);
  const isListed = judge.policy.exceptions.some(
    one => one.kind === 'Pod' && one.namespace === namespace && one.name === name,
  );
  return (
    isListed ||
    content.workloads.has(objectKey(pod)) ||
    content.exceptionsFor('Pod', name).length > 0 ||
    content.senders().to('Pod', name).length > 0 ||
    world.endpointsAt(`${namespace}/${name}`).length > 0
  );
}

/**
 * Whether two Pods that differ in nothing but their names are judged alike in a world: nothing there goes by either name, and both say the same of what
 * they are. The names must be equally long, since the size of an object counts its text, and a controller must have made them: by the name of one that
 * nobody made it is told which stack it is a part of.
 */
export const areAlikeByName = (judge: Judge, world: World, one: Workload, other: Workload): boolean =>
  one.kind === 'Pod' &&
  one.meta.name.length === other.meta.name.length &&
  one.meta.owners.some(({ controller }) => controller) &&
  judge.signsOfName(one.meta.name) === judge.signsOfName(other.meta.name) &&
  !isNamed(judge, world, one) &&
  !isNamed(judge, world, other);

/** Whether what is said of a Pod beside what it is called would be said of it under any name: it is of policies alone, and quotes no name. */
export function isSaidOfAnyName({ subject, findings, causes, excepted, refusedExceptions }: Decision): boolean {
  const found = [...findings, ...excepted].map(one => ({ ...one, subject: undefined }));
  const isOfPolicies = found.every(({ object }) => object.kind === 'NetworkPolicy');
  return isOfPolicies && !JSON.stringify([found, causes, refusedExceptions]).includes(subject.name);
}

/** The decision on a Pod as that on one that is alike. */
export function decisionNamed(decision: Decision, name: string): Decision {
  const { subject: known, mcp, findings, excepted } = decision;
  const subject = { ...known, name };
  const told = toldOf(subject);
  return {
    ...decision,
    ...{ subject, mcp: judgementNamed(mcp, known.name, name) },
    ...{ findings: findings.map(told), excepted: excepted.map(told) },
  };
}
