/** Namespace that the gate is installed in, unless somebody says otherwise. */
export const GATE_NAMESPACE = 'chokepoint-system';
