/** Namespaces of Kubernetes itself: the gate is never asked about what is in them, so that it cannot keep the cluster from starting. */
export const SYSTEM_NAMESPACES: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease']);
