import { type Decision, toldDecision } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { byKey } from '../../core/order.ts';
import { awaitsOwner, isJudgedThroughOwner, ownersIn } from '../../core/owner.ts';
import { judgeVirtualServers } from '../../core/virtual-server.ts';
import type { World } from '../../core/world/world.ts';
import { indexNamespace } from '../namespace-index.ts';

/** An MCP server as a look judged it. */
export interface SurveyedServer {
  readonly decision: Decision;
  /** Of the workload, or of the policy that stands for it. */
  readonly uid: string;
}

/** What one step of judging came to: nothing where the workload is no server. */
type Step = SurveyedServer | undefined;

/**
 * The MCP servers of a namespace, as `scan` tells them: those that their owners stand for are left out, and those that are policies alone are there. A
 * step is one workload, so that whoever asks may pause between two of them. In no order.
 */
export function* judgeServers(world: World, namespace: string, judge: Judge): Generator<Step> {
  const content = world.namespace(namespace);
  const owners = ownersIn(content);
  const index = indexNamespace(world, namespace);
  const memory = judge.memory();
  for (const [, subject] of [...content.workloads].sort(byKey)) {
    if (subject.meta.terminating || isJudgedThroughOwner(subject, owners) || awaitsOwner(subject, owners)) continue;
    const decision = judge.judge(index.worldFor([subject]), subject, memory);
    yield decision.mcp.standing === 'no' ? undefined : { decision: toldDecision(decision), uid: subject.meta.uid };
  }
  const policies = [...content.policies.values()].filter(one => !one.meta.terminating);
  const uids = new Map(policies.map(({ meta }) => [meta.name, meta.uid]));
  for (const decision of judgeVirtualServers(judge, world, policies))
    yield decision.mcp.standing === 'no' ? undefined : { decision, uid: uids.get(decision.subject.name) ?? '' };
}
