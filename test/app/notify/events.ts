import type { NotifyRule } from '../../../src/app/notify/config.ts';
import { EVENT_KINDS, type EventKind, type NotifyEvent } from '../../../src/app/notify/event.ts';
import type { Memory, Message, Remembered } from '../../../src/app/notify/ports.ts';

/** An event, with some of its fields given. */
export const event = (given: Partial<NotifyEvent> = {}): NotifyEvent => ({
  id: 'webhook-0/1/0',
  kind: 'opened',
  time: '2026-11-27T08:00:00.000Z',
  severity: 'high',
  namespace: 'tools',
  subject: { kind: 'Deployment', namespace: 'tools', name: 'search' },
  user: 'alice@example.com',
  rules: ['ingress-beyond-gateway'],
  details: ['ingress-beyond-gateway: any pod reaches it'],
  annotated: [],
  ...given,
});

/** A message of events. */
export const message = (...events: readonly NotifyEvent[]): Message => ({
  id: 'msg_1',
  rule: 'all',
  receiver: 'platform',
  createdMs: Date.parse('2026-11-27T08:00:30.000Z'),
  events,
  more: 0,
});

/** A rule that tells everything at once, with some of its fields given. */
export const rule = (given: Partial<NotifyRule> = {}): NotifyRule => ({
  name: 'all',
  to: ['platform'],
  annotated: new Set(),
  events: new Set(Object.keys(EVENT_KINDS) as EventKind[]),
  namespaces: undefined,
  minSeverity: 'info',
  oncePer: undefined,
  groupBy: ['event', 'namespace'],
  groupMs: 0,
  resolved: false,
  quietHours: undefined,
  digest: undefined,
  ...given,
});

/** A memory that ends with the test. */
export function memory(): Memory {
  const known = new Map<string, { readonly value: Remembered; readonly untilMs: number }>();
  return {
    get: (key, nowMs) => {
      const found = known.get(key);
      return found !== undefined && found.untilMs > nowMs ? found.value : undefined;
    },
    set: (key, value, untilMs) => void known.set(key, { value, untilMs }),
    delete: key => void known.delete(key),
  };
}
