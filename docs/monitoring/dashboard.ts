/** One graph of the dashboard. */
interface Panel {
  readonly title: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** PromQL, and what names its lines; a template of Grafana's. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
}

const RATE = '[$__rate_interval]';

const PANELS: readonly Panel[] = [
  {
    title: 'Reviews, by verdict',
    unit: 'reqps',
    queries: [[`sum by (verdict) (rate(chokepoint_admission_reviews_total${RATE}))`, '{{verdict}}']],
  },
  {
    title: 'Refused',
    unit: 'short',
    queries: [
      ['sum by (mode) (increase(chokepoint_admission_reviews_total{allowed="false"}[$__range]))', 'in mode {{mode}}'],
    ],
  },
  {
    title: 'Let through, and refused if it enforced, by namespace',
    unit: 'short',
    queries: [
      [
        'topk(10, sum by (namespace) (increase(chokepoint_admission_namespace_findings_total{allowed="true"}[$__range])))',
        '{{namespace}}',
      ],
    ],
  },
  {
    title: 'Rules that found something',
    unit: 'short',
    queries: [['sum by (rule) (increase(chokepoint_admission_rule_findings_total[$__range]))', '{{rule}}']],
  },
  {
    title: 'Time to a decision',
    unit: 's',
    queries: ([0.5, 0.99] as const).map(quantile => [
      `histogram_quantile(${quantile}, sum by (le) (rate(chokepoint_admission_duration_seconds_bucket${RATE})))`,
      `${quantile * 100} %`,
    ]),
  },
  {
    title: 'Age of the view of the cluster',
    unit: 's',
    queries: [
      ['chokepoint_admission_view_age_seconds', 'webhook {{pod}}'],
      ['chokepoint_controller_view_age_seconds', 'controller {{pod}}'],
    ],
  },
  {
    title: 'Unjudged: the API server went on without an answer',
    unit: 'short',
    queries: [
      [
        'sum by (name) (increase(apiserver_admission_webhook_fail_open_count{name=~".*chokepoint.dev"}[$__range]))',
        '{{name}}',
      ],
    ],
  },
  {
    title: 'Bodies and connections refused',
    unit: 'short',
    queries: [
      ['sum(increase(chokepoint_admission_bad_requests_total[$__range]))', 'bodies'],
      [
        'sum by (reason) (increase(chokepoint_admission_refused_connections_total[$__range]))',
        'connections: {{reason}}',
      ],
    ],
  },
  {
    title: 'What the controller did',
    unit: 'short',
    queries: [
      ['sum by (action, outcome) (increase(chokepoint_controller_actions_total[$__range]))', '{{action}}: {{outcome}}'],
    ],
  },
  {
    title: 'Pods that wait for their policy',
    unit: 'short',
    queries: [['max(chokepoint_controller_held_pods)', 'held']],
  },
  {
    title: 'How long Pods are held',
    unit: 's',
    queries: ([0.5, 0.99] as const).map(quantile => [
      `histogram_quantile(${quantile}, sum by (le) (rate(chokepoint_controller_pod_held_seconds_bucket${RATE})))`,
      `${quantile * 100} %`,
    ]),
  },
  {
    title: 'Namespaces in rollouts',
    unit: 'short',
    queries: [['max by (status) (chokepoint_rollout_namespaces)', '{{status}}']],
  },
  {
    title: 'Days until certificates end',
    unit: 'd',
    queries: [
      ['(min(chokepoint_admission_certificate_not_after_seconds) - time()) / 86400', 'served'],
      [
        '(min by (certificate) (chokepoint_controller_certificate_not_after_seconds) - time()) / 86400',
        '{{certificate}}',
      ],
    ],
  },
  {
    title: 'Errors of our own',
    unit: 'short',
    queries: [['sum by (pod) (increase(chokepoint_bugs_total[$__range]))', '{{pod}}']],
  },
  {
    title: 'Lines of the record',
    unit: 'short',
    queries: [['sum by (result) (increase(chokepoint_record_lines_total[$__range]))', '{{result}}']],
  },
  {
    title: 'Lines that sinks took',
    unit: 'short',
    queries: [
      ['sum by (sink) (increase(chokepoint_recorder_shipped_lines_total[$__range]))', '{{sink}}'],
      ['sum by (sink) (increase(chokepoint_recorder_failures_total[$__range]))', '{{sink}}: failures'],
      ['sum by (sink) (increase(chokepoint_recorder_lost_lines_total[$__range]))', '{{sink}}: dropped'],
    ],
  },
  {
    title: 'The record that waits to be shipped',
    unit: 'bytes',
    queries: [['max by (sink) (chokepoint_recorder_waiting_bytes)', '{{sink}}']],
  },
  {
    title: 'Notifications',
    unit: 'short',
    queries: [
      ['sum by (receiver) (increase(chokepoint_notify_sent_total[$__range]))', '{{receiver}}: sent'],
      ['sum by (receiver) (increase(chokepoint_notify_failures_total[$__range]))', '{{receiver}}: failures'],
      ['sum by (receiver) (increase(chokepoint_notify_dead_total[$__range]))', '{{receiver}}: given up'],
      ['max by (receiver) (chokepoint_notify_waiting_messages)', '{{receiver}}: waiting'],
    ],
  },
  {
    title: 'What came about in rollouts',
    unit: 'short',
    queries: [['sum by (reason) (increase(chokepoint_rollout_events_total[$__range]))', '{{reason}}']],
  },
  {
    title: 'Changes, compared with the record',
    unit: 'short',
    queries: [['sum by (outcome) (increase(chokepoint_witness_changes_total[$__range]))', '{{outcome}}']],
  },
  {
    title: 'Memory',
    unit: 'bytes',
    queries: [['process_resident_memory_bytes{pod=~"chokepoint-.*"}', '{{pod}}']],
  },
];

/** Columns of Grafana's grid, and of them those of one graph. */
const [GRID, WIDTH, HEIGHT] = [24, 8, 8];
const SOURCE = { type: 'prometheus', uid: '$source' };

const panelOf = ({ title, unit, queries }: Panel, index: number): object => ({
  id: index + 1,
  type: 'timeseries',
  title,
  datasource: SOURCE,
  gridPos: {
    x: (index * WIDTH) % GRID,
    y: Math.floor((index * WIDTH) / GRID) * HEIGHT,
    w: WIDTH,
    h: HEIGHT,
  },
  fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
  options: { legend: { displayMode: 'list', placement: 'bottom', showLegend: true }, tooltip: { mode: 'multi' } },
  targets: queries.map(([expr, legendFormat], target) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + target),
    datasource: SOURCE,
    expr,
    legendFormat,
  })),
});

/** A dashboard of Grafana 10 or later, whose reader chooses the Prometheus that it reads. */
export const DASHBOARD = {
  uid: 'chokepoint',
  title: 'Chokepoint',
  tags: ['chokepoint', 'security'],
  schemaVersion: 39,
  editable: true,
  refresh: '1m',
  time: { from: 'now-24h', to: 'now' },
  templating: { list: [{ name: 'source', label: 'Data source', type: 'datasource', query: 'prometheus' }] },
  panels: PANELS.map(panelOf),
};

/** Every query of it. */
export const DASHBOARD_QUERIES: readonly string[] = PANELS.flatMap(({ queries }) => queries.map(([expr]) => expr));
