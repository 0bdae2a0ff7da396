import { Counter, type Registry } from 'prom-client';
import type { ReviewRecord } from '../../app/admission/ports.ts';

/** By `namespace`, and by whether they were `allowed`. */
export const FINDINGS_METRIC = 'chokepoint_admission_namespace_findings_total';

/** Namespaces that have lines of their own, inclusive. Whoever reaches the port can name as many as they like. */
const MAX_NAMESPACES = 500;
/** For all others; no name of a namespace has an underscore. */
const OTHER = '_other';
/** RFC 1123: what the API server takes as the name of a namespace. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Counts reviews in which something was found, by namespace: the first {@link MAX_NAMESPACES} by their names. */
export function createNamespaceFindings(registry: Registry): (record: ReviewRecord) => void {
  const named = new Set<string>();
  const findings = new Counter({
    name: FINDINGS_METRIC,
    help: 'Reviews that were refused, or let through although enforcing would refuse them, by namespace; at most 500 namespaces, the others as _other.',
    labelNames: ['namespace', 'allowed'],
    registers: [registry],
  });
  const labelOf = (namespace: string): string => {
    if (named.has(namespace)) return namespace;
    if (named.size >= MAX_NAMESPACES || !NAME.test(namespace)) return OTHER;
    named.add(namespace);
    return namespace;
  };
  return ({ endpoint, verdict, namespace, allowed }) => {
    if (endpoint !== 'validate' || (verdict !== 'deny' && verdict !== 'undetermined')) return;
    findings.inc({ namespace: labelOf(namespace), allowed: String(allowed) });
  };
}
