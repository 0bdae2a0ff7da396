import { reportsOn, type WayMessage } from '../gateway/way-reports.ts';
import { defineRule } from '../rule.ts';

/** A route whose gateway knows who calls, and lets everybody do everything. */
export const gatewayUnauthorized = defineRule<WayMessage>({
  id: 'gateway-unauthorized',
  since: 'v1',
  title: 'No rule of the gateway says who may use the server',
  why: 'Authentication says who calls; without a rule of who may, whoever can sign in anywhere in the company uses every tool of every server.',
  limits:
    'Whether the rules are right is not judged: one rule of who may is enough, and an external service that decides is one. Where callers are not authenticated, [gateway-unauthenticated](gateway-unauthenticated.md) says so and nothing is said here. Lists of tools that limit everybody alike (`toolSelector`) are no rule of who may.',
  sources: [
    'https://gateway.envoyproxy.io/docs/tasks/security/jwt-claim-authorization/',
    'https://istio.io/latest/docs/reference/config/security/authorization-policy/',
  ],
  levels: { baseline: 'warn', restricted: 'warn' },
  severity: 5,
  messages: {
    open: '{way} lets in everybody who has signed in: {why}',
    undetermined: 'whether {way} says who may use the server cannot be told: {why}',
  },
  check: ({ ways }) =>
    reportsOn(
      ways().filter(({ answers }) => answers.authentication.state === 'yes'),
      'authorization',
      { summary: 'add a rule of who may use it: by claims, scopes, principals, or an external service that decides' },
    ),
});
