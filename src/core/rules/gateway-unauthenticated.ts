import { reportsOn, type WayMessage } from '../gateway/way-reports.ts';
import { defineRule } from '../rule.ts';

/** A route whose gateway lets callers in without asking who they are. */
export const gatewayUnauthenticated = defineRule<WayMessage>({
  id: 'gateway-unauthenticated',
  since: 'v1',
  title: 'A gateway lets callers in without authentication',
  why: 'That only the gateway reaches the server is worth something where the gateway knows who calls: a route without authentication hands the tools of the server to everybody who reaches the gateway.',
  limits:
    'What is judged of each product, and what is not, is in [authentication](../authentication.md). That nothing asks is only said where the Gateway, or the class of the Ingress, is among what is judged and its product is known; else it is undetermined, which is never more than a warning. Whether tokens are checked well (issuer, audience, keys), and what an external service decides, is not judged. What a gateway is told by files of its own is not seen, nor, in a cluster, by policies of kinds that are not known here, nor ConfigMaps there but those by which ingress-nginx and Istio are told what holds everywhere: where they may not be read, an Ingress of ingress-nginx that asks nothing itself is undetermined. Without a route there is nothing to judge.',
  sources: [
    'https://gateway.envoyproxy.io/docs/tasks/security/jwt-authentication/',
    'https://istio.io/latest/docs/tasks/security/authorization/authz-jwt/',
    'https://modelcontextprotocol.io/specification/2025-06-18/basic/authorization',
  ],
  levels: { baseline: 'warn', restricted: 'deny' },
  severity: 8.6,
  messages: {
    open: '{way} lets callers in without authentication: {why}',
    undetermined: 'whether {way} asks callers who they are cannot be told: {why}',
  },
  check: ({ ways }) =>
    reportsOn(ways(), 'authentication', {
      summary: 'demand a token, a key or a certificate of every caller at the gateway or at the route',
    }),
});
