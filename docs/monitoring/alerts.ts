/** One alert of Prometheus. */
export interface Alert {
  /** Unique, as Alertmanager shows it. */
  readonly name: string;
  /** PromQL. Every metric in it is one of ours, or of the API server. */
  readonly expr: string;
  /** How long it must hold; absent: not at all. */
  readonly for?: string;
  /** `critical`: somebody gets up at night. */
  readonly severity: 'critical' | 'warning' | 'info';
  /** What has happened, in a few words; may hold a label of the result. */
  readonly summary: string;
  /** What follows, and what to do. */
  readonly means: string;
}

const DAY_SECONDS = 86_400;

/**
 * That a counter has grown, of which a series begins with its first event: in that Prometheus sees no growth, so one that was not there so long ago counts too.
 * `window`: a duration of PromQL.
 */
const grownOrNew = (series: string, window: string): string =>
  `increase(${series}[${window}]) > 0 or (${series} unless ${series} offset ${window}) > 0`;

/** What to alert on: of this table the rules that are shipped and the page are made. */
export const ALERTS: readonly Alert[] = [
  {
    name: 'ChokepointGone',
    expr: 'absent(chokepoint_admission_in_flight)',
    for: '5m',
    severity: 'critical',
    summary: 'no Pod of the webhook is scraped',
    means:
      'it does not run, or Prometheus may not read it; in namespaces that enforce nothing can be changed while it does not run',
  },
  {
    name: 'ChokepointBug',
    expr: 'increase(chokepoint_bugs_total[10m]) > 0',
    severity: 'critical',
    summary: 'an error of our own',
    means: 'a bug; in namespaces that enforce it refused something',
  },
  {
    name: 'ChokepointOldView',
    expr: 'max(chokepoint_admission_view_age_seconds) > 20',
    for: '1m',
    severity: 'critical',
    summary: 'the view of the cluster is old',
    means: 'the webhook does not hear from the API server; at 30 seconds it stops judging',
  },
  {
    name: 'ChokepointFailOpen',
    expr: grownOrNew('apiserver_admission_webhook_fail_open_count{name=~".*chokepoint.dev"}', '10m'),
    severity: 'warning',
    summary: 'a change went unjudged',
    means: 'of the API server: the webhook gave no answer for a namespace that does not enforce',
  },
  {
    name: 'ChokepointCertificateEnds',
    expr: `min(chokepoint_admission_certificate_not_after_seconds) - time() < 14 * ${DAY_SECONDS}`,
    for: '1h',
    severity: 'warning',
    summary: 'the certificate that is served ends within 14 days',
    means: 'nobody renews it',
  },
  {
    name: 'ChokepointCertificatesFail',
    expr: 'max(chokepoint_controller_certificates_failing_since_seconds) > 0',
    for: '10m',
    severity: 'warning',
    summary: 'the certificates cannot be looked after',
    means: 'the controller cannot renew them; `/readyz` says why',
  },
  {
    name: 'ChokepointLastGoodConfiguration',
    expr: 'increase(chokepoint_reloads_total{result="bad"}[15m]) > 0',
    severity: 'warning',
    summary: 'a changed file was refused: {{ $labels.what }}',
    means: 'a configuration or certificate cannot be used; what was before still holds',
  },
  {
    name: 'ChokepointRecordLost',
    expr: 'increase(chokepoint_record_lines_total{result="lost"}[15m]) > 0',
    severity: 'critical',
    summary: 'decisions are not on record',
    means: 'the file cannot be written: a full disk, most of the time',
  },
  {
    name: 'ChokepointUnwitnessed',
    expr: 'increase(chokepoint_witness_changes_total{outcome="unwitnessed"}[15m]) > 0',
    severity: 'critical',
    summary: 'a server, or what closes it, was changed past the gate',
    means:
      'the webhook was down or bypassed, its configuration is gone, or etcd was restored: lines of the type `unwitnessed`, and Events, say what was changed',
  },
  {
    name: 'ChokepointRecordUnread',
    expr: 'max(chokepoint_witness_unread_pods) > 0',
    for: '10m',
    severity: 'warning',
    summary: 'a Pod of the webhook does not tell what it put on record',
    means: 'changes past the gate may go unnoticed meanwhile; the log of the controller says why',
  },
  {
    name: 'ChokepointRecordDropped',
    expr: 'increase(chokepoint_recorder_lost_lines_total[15m]) > 0',
    severity: 'critical',
    summary: 'lines of the record were dropped before {{ $labels.sink }} had them',
    means: 'the sink was down for so long that the record took more room than it may',
  },
  {
    name: 'ChokepointRecordNotShipped',
    expr: 'increase(chokepoint_recorder_failures_total[15m]) > 0 and increase(chokepoint_recorder_shipped_lines_total[15m]) == 0',
    for: '15m',
    severity: 'warning',
    summary: 'the record is not shipped to {{ $labels.sink }}',
    means:
      'the sink takes nothing; the log of the recorder says why. Lines wait, until they take more room than they may',
  },
  {
    name: 'ChokepointNotificationsWait',
    expr: 'max by (receiver) (chokepoint_notify_waiting_messages) > 100',
    for: '15m',
    severity: 'warning',
    summary: 'messages for {{ $labels.receiver }} wait',
    means: 'the receiver takes them slower than they come, or not at all: group them, or tell less',
  },
  {
    name: 'ChokepointNotNotified',
    expr: 'increase(chokepoint_notify_failures_total[15m]) > 0 and increase(chokepoint_notify_sent_total[15m]) == 0',
    for: '15m',
    severity: 'warning',
    summary: 'nobody is notified by {{ $labels.receiver }}',
    means: 'the receiver takes nothing; the log of the recorder, and `chokepoint notify test`, say why',
  },
  {
    name: 'ChokepointNotificationsGivenUp',
    expr: 'increase(chokepoint_notify_dead_total[1h]) > 0',
    severity: 'warning',
    summary: 'messages for {{ $labels.receiver }} were given up',
    means: '`chokepoint notify dead` lists them',
  },
  {
    name: 'ChokepointSlow',
    expr: 'histogram_quantile(0.99, sum by (le) (rate(chokepoint_admission_duration_seconds_bucket[5m]))) > 1',
    for: '5m',
    severity: 'warning',
    summary: 'decisions take more than a second',
    means: 'look for the namespace whose policies or Pods are very many',
  },
  {
    name: 'ChokepointStarved',
    expr: 'max(chokepoint_admission_event_loop_delay_seconds) > 0.5',
    for: '5m',
    severity: 'warning',
    summary: 'the webhook has too little CPU',
    means: 'raise its request, or look at the node',
  },
  {
    name: 'ChokepointWritesFail',
    expr: 'max by (action) (chokepoint_controller_failing_since_seconds) > 0',
    for: '10m',
    severity: 'warning',
    summary: 'every {{ $labels.action }} fails',
    means: 'the controller may not do it, or the API server refuses it; its log says why',
  },
  {
    name: 'ChokepointRangeIncomplete',
    expr: 'max by (class) (chokepoint_controller_blocks_outside_ranges) > 0',
    for: '5m',
    severity: 'warning',
    summary: 'addresses in use are outside the ranges of {{ $labels.class }}',
    means:
      'a server may reach them unnoticed; the log of the controller names them, and `chokepoint cidrs` finds their range',
  },
  {
    name: 'ChokepointNobodyLeads',
    expr: 'max(chokepoint_controller_leader) < 1',
    for: '2m',
    severity: 'critical',
    summary: 'no controller leads',
    means: 'no policy is written, and held Pods wait',
  },
  {
    name: 'ChokepointPodsHeld',
    expr: 'max(chokepoint_controller_held_pods) > 0',
    for: '10m',
    severity: 'warning',
    summary: 'Pods are held for long',
    means: 'their traffic is open for a reason that the controller must not mend: see their Events',
  },
  {
    name: 'ChokepointRolloutHeld',
    expr: 'max(chokepoint_rollout_namespaces{status="held"}) > 0',
    for: '1h',
    severity: 'warning',
    summary: 'namespaces are due to be raised, and are not ready',
    means: '`chokepoint rollout status` names them, and what is open there',
  },
  {
    name: 'ChokepointRolloutFails',
    expr: 'increase(chokepoint_rollout_failures_total[30m]) > 0',
    for: '30m',
    severity: 'warning',
    summary: 'the rollouts cannot be looked after',
    means: 'no namespace is raised meanwhile; the log of the controller says why',
  },
  {
    name: 'ChokepointWouldRefuse',
    expr: `sum by (namespace) (${grownOrNew('chokepoint_admission_namespace_findings_total{allowed="true"}', '1h')}) > 0`,
    severity: 'info',
    summary: 'in {{ $labels.namespace }} something was let through that enforcing would refuse',
    means: 'what would break there: `chokepoint scan -n NAMESPACE --mode enforce`',
  },
];
