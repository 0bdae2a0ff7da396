import { type Decision, isAbsence } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { refText } from '../../core/explain.ts';
import { withLabel } from '../../core/kube/decode-meta.ts';
import { byKey } from '../../core/order.ts';
import { awaitsOwner, isJudgedThroughOwner, ownersIn } from '../../core/owner.ts';
import { overlay } from '../../core/world/overlay.ts';
import type { World } from '../../core/world/world.ts';
import { type EnforcementEffects, enforcementEffects } from '../admission/enforcement.ts';

/** A server of the namespace as it would be judged in mode enforce. */
interface Prospect {
  readonly decision: Decision;
}

/** What a namespace would be like in mode enforce, today. */
export interface Outlook extends EnforcementEffects<Prospect> {
  /** The world in which it enforces. */
  readonly world: World;
  /** Sorted by kind and name. */
  readonly servers: readonly Prospect[];
  /**
   * Denied findings, and reasons why a server cannot be judged, of the servers whose new Pods would be refused or wait. What the controller mends at
   * once by the policies that it writes is not counted.
   */
  readonly open: number;
}

const MODE_LABEL = 'chokepoint.dev/mode';

/** The world in which the namespace enforces. One that is not there stays away. */
function enforcing(world: World, namespace: string): World {
  const before = world.namespace(namespace).namespace;
  if (before === undefined) return world;
  const labels = withLabel(before.meta.labels, MODE_LABEL, 'enforce');
  return overlay(world, { before, after: { ...before, meta: { ...before.meta, labels } } });
}

function serversIn(world: World, namespace: string, judge: Judge): readonly Prospect[] {
  const content = world.namespace(namespace);
  const owners = ownersIn(content);
  return [...content.workloads]
    .sort(byKey)
    .map(([, workload]) => workload)
    .filter(one => !one.meta.terminating && !isJudgedThroughOwner(one, owners) && !awaitsOwner(one, owners))
    .map(subject => ({ decision: judge.evaluate(world, subject) }))
    .filter(({ decision }) => decision.mcp.standing !== 'no');
}

/** What of a server has to be mended before it may enforce. */
const openIn = ({ decision }: Prospect, isCovered: boolean): number =>
  decision.findings.filter(finding => finding.level === 'deny' && !(isCovered && isAbsence(finding))).length +
  decision.causes.length;

/** What a namespace would be like in mode enforce. Costs what the namespace holds. */
export function outlookOf(world: World, namespace: string, judge: Judge): Outlook {
  const enforced = enforcing(world, namespace);
  const servers = serversIn(enforced, namespace, judge);
  const effects = enforcementEffects(judge, enforced, namespace, servers);
  const written = new Set(effects.planned.map(({ server }) => refText(server)));
  const isCovered = ({ decision }: Prospect): boolean => effects.isTooMany || written.has(refText(decision.subject));
  const stopped = new Set([...effects.refused, ...effects.waiting]);
  const open = [...stopped].reduce((sum, server) => sum + openIn(server, isCovered(server)), 0);
  return { ...effects, world: enforced, servers, open };
}
