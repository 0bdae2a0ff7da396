{{/* What the webhooks and the API server's own rules have in common. */}}

{{- define "chokepoint.notSystem" -}}
{{- $system := list "kube-system" "kube-public" "kube-node-lease" .Release.Namespace -}}
{key: kubernetes.io/metadata.name, operator: NotIn, values: {{ concat $system .Values.webhook.excludedNamespaces | uniq | toJson }}}
{{- end }}

{{/* Requirements on namespaces that enforce. A mode that cannot be read enforces. */}}
{{- define "chokepoint.enforcing" -}}
- {{ include "chokepoint.notSystem" . }}
{{- if not (include "chokepoint.enforcesUnlabelled" .) }}
- {key: chokepoint.dev/mode, operator: Exists}
{{- end }}
- {key: chokepoint.dev/mode, operator: NotIn, values: ['off', audit, warn]}
{{- end }}

{{- define "chokepoint.configurationMetadata" -}}
{{- include "chokepoint.clusterwide" (list . "chokepoint") }}
{{- $annotations := .Values.webhook.configurationAnnotations | default dict }}
{{- if eq .Values.certificates.provider "cert-manager" }}
{{- $annotations = set (deepCopy $annotations) "cert-manager.io/inject-ca-from" (printf "%s/chokepoint" .Release.Namespace) }}
{{- end }}
{{- with $annotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
What every webhook says. Takes a dict: `root`, `path`, `fails` (refuse what cannot be asked about) or not, `always` (with auditOnly too), `seconds`.
*/}}
{{- define "chokepoint.webhook" -}}
failurePolicy: {{ ternary "Fail" "Ignore" (and .fails (or .always (not .root.Values.auditOnly))) }}
timeoutSeconds: {{ .seconds }}
sideEffects: None
matchPolicy: Equivalent
admissionReviewVersions: [v1]
clientConfig:
  service: {namespace: {{ .root.Release.Namespace | quote }}, name: chokepoint, path: {{ .path }}, port: 443}
  {{- if eq .root.Values.certificates.provider "existing" }}
  caBundle: {{ .root.Values.certificates.existing.caBundle | b64enc }}
  {{- end }}
{{- end }}

{{- define "chokepoint.objectConditions" -}}
# Kubelets write statuses all the time; their labels hardly ever change.
- name: status-with-other-labels
  expression: >-
    !has(request.subResource) || request.subResource != 'status' ||
    (has(object.metadata.labels) ? object.metadata.labels : {}) != (has(oldObject.metadata.labels) ? oldObject.metadata.labels : {})
# A namespace that is deleted is emptied, whether or not the gate answers. The garbage collector is asked about: whoever writes a policy chooses
# with whom it goes.
- name: not-what-the-namespace-controller-deletes
  expression: >-
    request.operation != 'DELETE' || request.userInfo.username != 'system:serviceaccount:kube-system:namespace-controller'
# Our own controller's policies get through whatever state the gate is in. What it deletes is judged like anybody's.
- name: not-what-our-controller-writes
  expression: >-
    request.resource.group != 'networking.k8s.io' || request.resource.resource != 'networkpolicies' || request.operation == 'DELETE' ||
    request.userInfo.username != 'system:serviceaccount:{{ .Release.Namespace }}:chokepoint-controller'
- name: binding-with-labels
  expression: request.kind.kind != 'Binding' || (has(object.metadata.labels) && size(object.metadata.labels) > 0)
# Nearly all endpoints are written by Kubernetes' own controllers, all the time, and follow the selectors of Services, which are judged.
- name: endpoints-that-follow-no-selector
  expression: >-
    !(request.resource.resource in ['endpoints', 'endpointslices']) ||
    !(request.userInfo.username in ['system:kube-controller-manager', 'system:serviceaccount:kube-system:endpoint-controller',
    'system:serviceaccount:kube-system:endpointslice-controller'])
# Some programs elect their leaders by Endpoints that have no address, every two seconds.
- name: endpoints-with-addresses
  expression: request.resource.resource != 'endpoints' || has(object.subsets)
{{- end }}

{{- define "chokepoint.objectRules" -}}
- {apiGroups: [''], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods, replicationcontrollers, services], scope: '*'}
- {apiGroups: [''], apiVersions: [v1], operations: [UPDATE], resources: [pods/status, pods/ephemeralcontainers], scope: '*'}
- {apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods/binding, bindings], scope: '*'}
- {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments, statefulsets, daemonsets, replicasets], scope: '*'}
- {apiGroups: [batch], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [jobs, cronjobs], scope: '*'}
- {apiGroups: [networking.k8s.io], apiVersions: [v1], operations: [CREATE, UPDATE, DELETE], resources: [networkpolicies], scope: '*'}
- {apiGroups: [networking.k8s.io], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [ingresses], scope: '*'}
- {apiGroups: [gateway.networking.k8s.io], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [httproutes, grpcroutes, tlsroutes, tcproutes, udproutes, referencegrants], scope: '*'}
- {apiGroups: [''], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [endpoints], scope: '*'}
- {apiGroups: [discovery.k8s.io], apiVersions: [v1, v1beta1], operations: [CREATE, UPDATE], resources: [endpointslices], scope: '*'}
- {apiGroups: [route.openshift.io], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [routes], scope: '*'}
- {apiGroups: [traefik.io, traefik.containo.us], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [ingressroutes, ingressroutetcps, ingressrouteudps, traefikservices], scope: '*'}
- {apiGroups: [networking.istio.io], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [virtualservices], scope: '*'}
- {apiGroups: [projectcontour.io], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [httpproxies], scope: '*'}
- {apiGroups: [configuration.konghq.com], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [tcpingresses, udpingresses], scope: '*'}
- {apiGroups: [incubator.ingress-controller.konghq.com], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [kongservicefacades], scope: '*'}
- {apiGroups: [apisix.apache.org], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [apisixroutes, apisixupstreams], scope: '*'}
- {apiGroups: [k8s.nginx.org], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [virtualservers, virtualserverroutes, transportservers], scope: '*'}
- {apiGroups: [getambassador.io], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [mappings, tcpmappings], scope: '*'}
# Routes of MCP gateways, and what stands between a route and the Service: another target opens a way to it.
- {apiGroups: [aigateway.envoyproxy.io], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [mcproutes], scope: '*'}
- {apiGroups: [agentgateway.dev], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [agentgatewaybackends], scope: '*'}
- {apiGroups: [gateway.envoyproxy.io, gateway.kgateway.dev], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: [backends], scope: '*'}
- {apiGroups: [cilium.io], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [ciliumnetworkpolicies], scope: '*'}
- {apiGroups: [projectcalico.org, crd.projectcalico.org], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [networkpolicies, networksets], scope: '*'}
- {apiGroups: [crd.antrea.io], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [networkpolicies], scope: '*'}
- {apiGroups: [networking.k8s.aws], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [applicationnetworkpolicies], scope: '*'}
- {apiGroups: [networking.gke.io], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [fqdnnetworkpolicies], scope: '*'}
- {apiGroups: [k8s.ovn.org], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [egressfirewalls], scope: '*'}
# What gateways ask of callers: to take it away opens what they lead to.
- {apiGroups: [gateway.networking.k8s.io], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [gateways, listenersets], scope: '*'}
- {apiGroups: [gateway.networking.x-k8s.io], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [xlistenersets], scope: '*'}
- {apiGroups: [gateway.envoyproxy.io], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [securitypolicies, clienttrafficpolicies, envoyproxies], scope: '*'}
- {apiGroups: [agentgateway.dev], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [agentgatewaypolicies], scope: '*'}
- {apiGroups: [gateway.kgateway.dev], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [trafficpolicies, gatewayextensions, httplistenerpolicies, listenerpolicies], scope: '*'}
- {apiGroups: [kuadrant.io], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [authpolicies], scope: '*'}
- {apiGroups: [mcp.kuadrant.io], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [mcpgatewayextensions], scope: '*'}
- {apiGroups: [networking.istio.io], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [gateways], scope: '*'}
- {apiGroups: [security.istio.io], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [authorizationpolicies, requestauthentications], scope: '*'}
- {apiGroups: [telemetry.istio.io], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [telemetries], scope: '*'}
- {apiGroups: [traefik.io, traefik.containo.us], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [middlewares, tlsoptions], scope: '*'}
{{- end }}

{{/* Of what is put on record, and not judged. */}}
{{- define "chokepoint.recordConditions" -}}
# A namespace that is deleted is on record itself.
- name: not-what-the-namespace-controller-deletes
  expression: >-
    request.operation != 'DELETE' || request.userInfo.username != 'system:serviceaccount:kube-system:namespace-controller'
# Pods and ReplicaSets come and go with their owners, which are on record; what people delete is recorded.
- name: not-what-goes-with-its-owner
  expression: >-
    request.operation != 'DELETE' || !(request.resource.resource in ['pods', 'replicasets']) ||
    !(request.userInfo.username.startsWith('system:serviceaccount:kube-system:') ||
    request.userInfo.username.startsWith('system:node:') || request.userInfo.username == 'system:kube-controller-manager')
# All others' are asked about by the webhooks that judge.
- name: policies-of-our-controller
  expression: >-
    request.resource.group != 'networking.k8s.io' || request.resource.resource != 'networkpolicies' ||
    request.userInfo.username == 'system:serviceaccount:{{ .Release.Namespace }}:chokepoint-controller'
{{- end }}

{{- define "chokepoint.recordRules" -}}
- {apiGroups: [''], apiVersions: [v1], operations: [UPDATE], resources: [replicationcontrollers/scale], scope: '*'}
- {apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments/scale, statefulsets/scale, replicasets/scale], scope: '*'}
- {apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods/eviction], scope: '*'}
- {apiGroups: [networking.k8s.io], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [networkpolicies], scope: '*'}
- {apiGroups: [''], apiVersions: [v1], operations: [DELETE], resources: [pods, replicationcontrollers, services, namespaces], scope: '*'}
- {apiGroups: [apps], apiVersions: [v1], operations: [DELETE], resources: [deployments, statefulsets, daemonsets, replicasets], scope: '*'}
- {apiGroups: [batch], apiVersions: [v1], operations: [DELETE], resources: [jobs, cronjobs], scope: '*'}
- {apiGroups: [networking.k8s.io], apiVersions: [v1], operations: [DELETE], resources: [ingresses], scope: '*'}
- {apiGroups: [gateway.networking.k8s.io], apiVersions: ['*'], operations: [DELETE], resources: [httproutes, grpcroutes, tlsroutes, tcproutes, udproutes, referencegrants], scope: '*'}
- {apiGroups: [route.openshift.io], apiVersions: ['*'], operations: [DELETE], resources: [routes], scope: '*'}
- {apiGroups: [traefik.io, traefik.containo.us], apiVersions: ['*'], operations: [DELETE], resources: [ingressroutes, ingressroutetcps, ingressrouteudps, traefikservices], scope: '*'}
- {apiGroups: [networking.istio.io], apiVersions: ['*'], operations: [DELETE], resources: [virtualservices], scope: '*'}
- {apiGroups: [projectcontour.io], apiVersions: ['*'], operations: [DELETE], resources: [httpproxies], scope: '*'}
- {apiGroups: [configuration.konghq.com], apiVersions: ['*'], operations: [DELETE], resources: [tcpingresses, udpingresses], scope: '*'}
- {apiGroups: [incubator.ingress-controller.konghq.com], apiVersions: ['*'], operations: [DELETE], resources: [kongservicefacades], scope: '*'}
- {apiGroups: [apisix.apache.org], apiVersions: ['*'], operations: [DELETE], resources: [apisixroutes, apisixupstreams], scope: '*'}
- {apiGroups: [k8s.nginx.org], apiVersions: ['*'], operations: [DELETE], resources: [virtualservers, virtualserverroutes, transportservers], scope: '*'}
- {apiGroups: [getambassador.io], apiVersions: ['*'], operations: [DELETE], resources: [mappings, tcpmappings], scope: '*'}
- {apiGroups: [chokepoint.dev], apiVersions: ['*'], operations: [DELETE], resources: [gatepolicies, gateexceptions], scope: '*'}
{{- end }}
