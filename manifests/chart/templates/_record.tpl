{{/* What keeps the record and ships it, in the Pods of the webhook and of the controller. */}}

{{- define "chokepoint.recorder" -}}
# A sidecar (KEP-753): it begins before what it serves and ends after it, so that it ships the last line too. Without a readiness probe: a sink that is
# down takes no webhook out of service.
- name: recorder
  image: {{ include "chokepoint.image" . | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  restartPolicy: Always
  terminationMessagePolicy: FallbackToLogsOnError
  args:
  - recorder
  - --record=/var/lib/chokepoint/record.jsonl
  - --config=/etc/chokepoint/recorder/recorder.yaml
  {{- if .isHandedOver }}
  - --hand-over
  {{- end }}
  - --send-at-end
  - --host=$(POD_IP)
  - --health-port={{ .Values.recorder.healthPort }}
  env:
  - {name: POD_IP, valueFrom: {fieldRef: {apiVersion: v1, fieldPath: status.podIP}}}
  {{- with .Values.recorder.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  ports:
  - {name: recorder, containerPort: {{ .Values.recorder.healthPort }}, protocol: TCP}
  livenessProbe:
    httpGet: {path: /healthz, port: recorder}
    periodSeconds: 10
    failureThreshold: 3
    timeoutSeconds: 5
  resources: {{- toYaml .Values.recorder.resources | nindent 4 }}
  securityContext: {{- include "chokepoint.containerSecurity" . | nindent 4 }}
  volumeMounts:
  - {name: recorder, mountPath: /etc/chokepoint/recorder, readOnly: true}
  - {name: record, mountPath: /var/lib/chokepoint}
  {{- if .Values.recorder.secretName }}
  - {name: recorder-secrets, mountPath: /etc/chokepoint/secrets, readOnly: true}
  {{- end }}
{{- end }}

{{- define "chokepoint.recordVolumes" -}}
- name: record
  {{- if .Values.record.volumeClaim }}
  ephemeral:
    volumeClaimTemplate:
      spec: {{- toYaml .Values.record.volumeClaim | nindent 8 }}
  {{- else }}
  emptyDir: {sizeLimit: {{ .Values.record.sizeLimit }}}
  {{- end }}
- name: recorder
  configMap: {name: chokepoint-recorder}
{{- with .Values.record.keySecretName }}
- name: record-key
  secret: {secretName: {{ . | quote }}}
{{- end }}
{{- with .Values.recorder.secretName }}
- name: recorder-secrets
  secret: {secretName: {{ . | quote }}}
{{- end }}
{{- end }}

{{/* Secrets with the authority of what the webhook serves, and the file of each, as YAML. */}}
{{- define "chokepoint.webhookAuthorities" -}}
{{- if eq .Values.certificates.provider "existing" -}}
- {secret: {{ include "chokepoint.servingSecret" . | quote }}, path: ca.crt}
{{- else -}}
- {secret: chokepoint-tls, path: ca.crt}
- {secret: chokepoint-cert-manager-tls, path: cert-manager-ca.crt}
{{- end -}}
{{- end }}
