/** The rights that a probe needs, as manifests. Pods and policies are made in a namespace whose name is not known before, so that they are of the whole cluster. */
export const probeRights = (gateNamespace: string): string => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: chokepoint-probe
rules:
- apiGroups: [""]
  resources: [nodes]
  verbs: [list]
- apiGroups: [""]
  resources: [namespaces]
  verbs: [list, create, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, create]
- apiGroups: [""]
  resources: [services]
  verbs: [create]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [create]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: chokepoint-probe
  namespace: ${gateNamespace}
rules:
- apiGroups: [""]
  resources: [configmaps]
  verbs: [create]
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [chokepoint-probe]
  verbs: [get, patch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [list]
`;
