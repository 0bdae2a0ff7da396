{{/* The chart's own Jobs and Pods, which run files/hooks.ts in the gate's image. */}}

{{/* They go when they have succeeded; one that says `last` goes when it has failed, too. Takes a dict: `hook`, `weight`, `last`. */}}
{{- define "chokepoint.hookAnnotations" -}}
annotations:
  helm.sh/hook: {{ .hook }}
  helm.sh/hook-weight: {{ .weight | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded{{ if .last }},hook-failed{{ end }}
  {{- if .last }}
  # The Pod is gone then: helm 3.18 and later show first what it wrote.
  helm.sh/hook-output-log-policy: hook-succeeded,hook-failed
  {{- end }}
{{- end }}

{{/* The spec of the Pod. Takes a dict: `root`, `account`, `what` (uninstall or test). */}}
{{- define "chokepoint.hookPod" -}}
restartPolicy: Never
serviceAccountName: {{ .account }}
automountServiceAccountToken: true
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 0 }}
{{- end }}
securityContext: {{- include "chokepoint.podSecurity" . | nindent 2 }}
{{- with .root.Values.webhook.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.webhook.tolerations }}
tolerations: {{- toYaml . | nindent 0 }}
{{- end }}
containers:
- name: {{ .what }}
  image: {{ include "chokepoint.image" .root | quote }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  command:
  # Where the image has Node.js.
  - /nodejs/bin/node
  - --input-type=module-typescript
  - --eval
  - |
    {{- .root.Files.Get "files/hooks.ts" | nindent 4 }}
  - {{ .what }}
  env:
  - {name: NODE_EXTRA_CA_CERTS, value: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt}
  - {name: RELEASE, value: {{ .root.Release.Name | quote }}}
  - {name: NAMESPACE, value: {{ .root.Release.Namespace | quote }}}
  - {name: TEST_NAMESPACE, value: chokepoint-test}
  resources:
    requests: {cpu: 10m, memory: 64Mi}
    limits: {memory: 256Mi}
  securityContext: {{- include "chokepoint.containerSecurity" . | nindent 4 }}
{{- end }}
