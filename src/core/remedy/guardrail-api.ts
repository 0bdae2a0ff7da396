/** APIs in which a guardrail is written. */
export const GUARDRAIL_APIS = ['upstream', 'admin', 'aws', 'calico', 'cilium'] as const;
export type GuardrailApi = (typeof GUARDRAIL_APIS)[number];
