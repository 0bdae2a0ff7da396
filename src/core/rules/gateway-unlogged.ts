import { reportsOn, type WayMessage } from '../gateway/way-reports.ts';
import { defineRule } from '../rule.ts';

/** A route whose gateway writes down nothing of what passes. */
export const gatewayUnlogged = defineRule<WayMessage>({
  id: 'gateway-unlogged',
  since: 'v1',
  title: 'The gateway keeps no access log',
  why: 'The gateway is where every call of a tool passes. Without an access log nobody can tell afterwards who called what.',
  limits:
    'Where the log goes, and how long it is kept, is not judged. Envoy Gateway, agentgateway and ingress-nginx log unless they are told not to; the configuration of an Istio mesh and the flags of Traefik are read where they are among files, or are where they usually are in a cluster, so that their logs are undetermined elsewhere unless an object says more. Where it is not known which gateway it is, [gateway-unauthenticated](gateway-unauthenticated.md) says so and nothing is said here.',
  sources: [
    'https://gateway.envoyproxy.io/docs/tasks/observability/proxy-accesslog/',
    'https://istio.io/latest/docs/tasks/observability/logs/access-log/',
  ],
  levels: { baseline: 'warn', restricted: 'warn' },
  severity: 4,
  messages: {
    open: '{way} is not logged: {why}',
    undetermined: 'whether {way} is logged cannot be told: {why}',
  },
  check: ({ ways }) =>
    reportsOn(
      ways().filter(({ answers, isKnown }) => isKnown || answers.log.state === 'open'),
      'log',
      { summary: 'turn the access log of the gateway on' },
    ),
});
