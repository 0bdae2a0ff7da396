import type { AlertmanagerTarget, ReceiverConfig } from '../../app/notify/config.ts';
import { EVENT_KINDS, type NotifyEvent, SEVERITIES, type Severity } from '../../app/notify/event.ts';
import { type Message, type Receiver, SendError } from '../../app/notify/ports.ts';
import type { AddressLimits } from '../../app/notify/refused-addresses.ts';
import { titleOf } from '../../app/notify/text.ts';
import { visibleText } from '../../core/visible-text.ts';
import { post } from './post.ts';
import { readSecret, readUrl } from './secret-file.ts';

/** An alert of Alertmanager's API v2. */
interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly startsAt: string;
  /** In the past: it is resolved. */
  readonly endsAt: string;
}

/** What happens once is an alert so long. */
const MOMENT_MS = 5 * 60_000;
/** What is open, and of which nobody says that it is closed, is an alert so long. */
const OPEN_MS = 7 * 86_400_000;
const MOST_TEXT = 1_000;

const isProblem = ({ kind, resolves }: NotifyEvent): boolean => kind === 'opened' || resolves !== undefined;

/** `ChokepointServerOpen` of what is open until it is closed, else of the kind of event: `ChokepointModeLowered`. */
const nameOf = (event: NotifyEvent): string =>
  isProblem(event) ? 'ChokepointServerOpen' : `Chokepoint${event.kind.charAt(0).toUpperCase()}${event.kind.slice(1)}`;

/** Alertmanager takes a label that is empty for one that is not there. */
function labelsOf(event: NotifyEvent, severity: Severity): Alert['labels'] {
  const { subject, namespace } = event;
  return { alertname: nameOf(event), severity, namespace, kind: subject.kind, name: subject.name };
}

function annotationsOf(event: NotifyEvent): Alert['annotations'] {
  const { kind, user, details } = event;
  const by = user === '' ? '' : `, by ${user}`;
  const summary = titleOf({ id: '', rule: '', receiver: '', createdMs: 0, events: [event], more: 0 }, MOST_TEXT);
  const description = [`${EVENT_KINDS[kind].one}${by}`, ...details].map(visibleText).join('\n');
  return { summary, description };
}

function alertsOf(event: NotifyEvent, nowMs: number): readonly Alert[] {
  const { severity, time, resolves } = event;
  const annotations = annotationsOf(event);
  if (resolves === undefined) {
    const endsAt = new Date(nowMs + (isProblem(event) ? OPEN_MS : MOMENT_MS)).toISOString();
    return [{ labels: labelsOf(event, severity), annotations, startsAt: time, endsAt }];
  }
  // It may have been told as less severe before it became worse: each of those ends.
  const told = SEVERITIES.slice(0, SEVERITIES.indexOf(resolves.severity) + 1).filter(
    one => !resolves.again?.includes(one),
  );
  return told.map(one => ({
    labels: labelsOf(event, one),
    annotations,
    startsAt: resolves.since || time,
    endsAt: time,
  }));
}

/** The alerts of a message, as they stand now: of two about the same thing the later one. */
export function alertsBody({ events }: Message, nowMs: number): readonly Alert[] {
  const alerts = events.flatMap(event => alertsOf(event, nowMs));
  return [...new Map(alerts.map(alert => [JSON.stringify(alert.labels), alert])).values()];
}

const PATH = 'api/v2/alerts';

export function createAlertmanagerReceiver(
  { address, tokenFile }: AlertmanagerTarget,
  { allowInsecure }: ReceiverConfig,
  limits: AddressLimits,
): Receiver {
  return {
    send: async (message, nowMs) => {
      const base = await readUrl(address, allowInsecure);
      const url = new URL(PATH, base.href.endsWith('/') ? base : `${base.href}/`);
      if (tokenFile !== undefined && url.protocol !== 'https:')
        throw new SendError('a token is not sent in the clear: the address must be one of https');
      const token = tokenFile && (await readSecret(tokenFile));
      const headers = {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      return post({ url, headers, body: JSON.stringify(alertsBody(message, nowMs)), limits, nowMs });
    },
  };
}
