import type { RolloutReason } from '../../../app/rollout/plan.ts';
import type { RaiseAction, Raised, RolloutWriter, TellAction } from '../../../app/rollout/ports.ts';
import type { Time } from '../../../app/time.ts';
import { messageOf } from '../../../errors.ts';
import type { Client } from '../client/client.ts';
import { NAMESPACES } from '../client/kinds.ts';
import { objectPath } from '../client/paths.ts';
import { raisePatch } from './raise-patch.ts';
import { CONTROLLER_NAME } from './write-action.ts';
import { createWriter, type EventSource, writtenBy } from './writer.ts';

/** How each Event is classed. */
const EVENTS: Readonly<Record<RolloutReason, 'Normal' | 'Warning'>> = {
  StageRaised: 'Normal',
  StageDue: 'Warning',
  RolloutHeld: 'Warning',
  RolloutPaused: 'Warning',
  RolloutResumed: 'Normal',
};

async function raise(client: Client, action: RaiseAction, signal: AbortSignal): Promise<Raised> {
  const request = {
    method: 'PATCH' as const,
    path: objectPath(NAMESPACES, '', action.namespace),
    body: raisePatch(action),
    contentType: 'application/json-patch+json',
    query: { fieldManager: 'chokepoint-rollout' },
    signal,
  };
  try {
    // Sent once: a second try would find the label that the first one wrote.
    const written = writtenBy(await client.request(request));
    if (written.kind === 'done') return { kind: 'done', version: written.resourceVersion };
    if (written.kind !== 'refused' || written.status === 422) return { kind: 'conflict' };
    return written.status >= 500
      ? { kind: 'unanswered', message: written.message }
      : { kind: 'refused', message: written.message };
  } catch (error) {
    return { kind: 'unanswered', message: messageOf(error) };
  }
}

/** By patch of Namespaces and create of Events. */
export function createRolloutWriter(
  client: Client,
  time: Time,
  source: Pick<EventSource, 'instance' | 'nowMs'>,
): RolloutWriter {
  return {
    raise: (action, term) => raise(client, action, term),
    tell: async ({ namespace: name, uid, reason, note }: TellAction, term) => {
      const writer = createWriter(client, time, { ...source, controller: CONTROLLER_NAME }, term);
      const regarding = { apiVersion: 'v1', kind: 'Namespace', namespace: '', name, uid };
      try {
        const written = await writer.createEvent({
          regarding,
          type: EVENTS[reason],
          reason,
          action: 'FollowRollout',
          note,
        });
        return written.kind === 'done';
      } catch {
        return false;
      }
    },
  };
}
