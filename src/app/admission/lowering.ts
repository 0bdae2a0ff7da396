import type { Finding } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { applyListed } from '../../core/exceptions.ts';
import { findingOf } from '../../core/findings.ts';
import { postureOf, stricterMode } from '../../core/gate/effective-mode.ts';
import type { GatePolicy, Mode } from '../../core/gate/types.ts';
import type { KubeObject, Namespace } from '../../core/kube/types.ts';
import { modeLowered } from '../../core/rules/mode-lowered.ts';
import { serverOptedOut } from '../../core/rules/server-opted-out.ts';
import { refOf } from '../../core/world/refs.ts';
import type { Change } from '../../core/world/world.ts';
import type { JudgedServer } from './judge-review.ts';
import type { Review } from './review.ts';

/** Whether the requester is one of those who may lower a mode, and take a server out; `unknown` where nobody is named. */
function mayLower({ modeChangers }: GatePolicy, { user }: Review): boolean | 'unknown' {
  if (modeChangers === undefined) return 'unknown';
  const { users, groups, serviceAccounts } = modeChangers;
  return (
    users.includes(user.username) ||
    groups.some(group => user.groups.includes(group)) ||
    serviceAccounts.some(account => user.username === `system:serviceaccount:${account.replace('/', ':')}`)
  );
}

/** A Namespace that is created or changed. */
export interface NamespaceChange {
  readonly before?: KubeObject;
  readonly after: Namespace;
}

/** The Namespace that a review changes; `undefined`: it is about another object, or deletes one. */
export function namespaceChange({ before, after }: Change): NamespaceChange | undefined {
  return after?.kind === 'Namespace' ? { ...(before && { before }), after: after as Namespace } : undefined;
}

/** Modes of a Namespace under review, before and after. */
export interface ModeChange {
  readonly before: Mode;
  readonly after: Mode;
}

/**
 * The modes of a Namespace under review. One that is new was under the configuration's mode, so that a label at birth lowers it too; under `enforce`
 * where one of its name was when it was deleted.
 */
export function modeChange(
  judge: Judge,
  { before, after }: NamespaceChange,
  enforcedBefore: (name: string) => boolean = () => false,
): ModeChange {
  const modeOf = (object?: KubeObject): Mode => postureOf(object?.meta.labels ?? new Map(), judge.policy).mode;
  const isRevived = before === undefined && enforcedBefore(after.meta.name);
  const revived = isRevived ? judge.policy.modeLimit : 'off';
  return { before: stricterMode(modeOf(before), revived), after: modeOf(after) };
}

/** The finding of a lowered mode. */
function loweringFindings(judge: Judge, namespace: Namespace, modes: ModeChange, review: Review): readonly Finding[] {
  const { policy } = judge;
  const context = { namespace: namespace.meta.name, ...modes, mayLower: mayLower(policy, review) };
  return modeLowered.check(context).flatMap(report => findingOf(modeLowered, report, refOf(namespace), policy) ?? []);
}

/** The Namespace itself as the subject of a lowered mode; nothing where the mode stays or rises. */
export function loweredMode(
  judge: Judge,
  namespace: Namespace,
  modes: ModeChange,
  review: Review,
): readonly JudgedServer[] {
  const all = loweringFindings(judge, namespace, modes, review);
  if (all.length === 0) return [];
  const { findings, excepted } = applyListed(all, refOf(namespace), judge.policy);
  const faults = findings.filter(finding => finding.level === 'deny');
  return [
    {
      decision: {
        subject: refOf(namespace),
        mcp: { standing: 'no', evidence: [], setAside: [], ports: [] },
        verdict: faults.length > 0 ? 'deny' : 'allow',
        findings,
        causes: [],
        excepted,
        refusedExceptions: [],
      },
      mode: modes.before,
      faults,
      causes: [],
      remarks: findings.filter(finding => finding.level === 'warn'),
      awaitsPolicy: false,
      absence: 'reject',
      mended: [],
      makers: [],
    },
  ];
}

/** To take a server out is told, and not refused, where whoever asks may lower a mode: he could switch the whole namespace off. */
export function allowedLowerings(
  policy: GatePolicy,
  review: Review,
  servers: readonly JudgedServer[],
): readonly JudgedServer[] {
  if (mayLower(policy, review) !== true) return servers;
  const isAllowed = ({ rule }: Finding): boolean => rule === serverOptedOut.id;
  return servers.map(server => ({
    ...server,
    faults: server.faults.filter(fault => !isAllowed(fault)),
    remarks: [...server.faults.filter(isAllowed), ...server.remarks],
  }));
}
