{{/* Values that exclude one another. What is wrong with one value alone is in values.schema.json. */}}

{{- define "chokepoint.checks" -}}
{{- if eq .Release.Namespace "default" -}}
{{- fail "the gate is never asked about its own namespace, which must not be `default`: install it with --namespace chokepoint-system --create-namespace" -}}
{{- end -}}
{{- $certificates := .Values.certificates -}}
{{- if and (eq $certificates.provider "controller") (not .Values.controller.enabled) -}}
{{- fail "certificates.provider is `controller`, but controller.enabled is false: nobody would make the certificates. Set certificates.provider to `cert-manager` or `existing`" -}}
{{- end -}}
{{- if eq $certificates.provider "existing" -}}
{{- if not $certificates.existing.secretName -}}
{{- fail "certificates.provider is `existing`: certificates.existing.secretName must name the Secret with tls.crt and tls.key" -}}
{{- end -}}
{{- if not (contains "-----BEGIN CERTIFICATE-----" $certificates.existing.caBundle) -}}
{{- fail "certificates.provider is `existing`: certificates.existing.caBundle must be the authority's certificate in PEM (--set-file certificates.existing.caBundle=ca.crt)" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.customResources.gatePolicy (not .Values.customResources.enabled) -}}
{{- fail "customResources.gatePolicy is true, but customResources.enabled is false: no GatePolicy could be there" -}}
{{- end -}}
{{- $webhook := .Values.webhook -}}
{{- if eq (int $webhook.port) (int $webhook.healthPort) -}}
{{- fail (printf "webhook.port and webhook.healthPort are both %d" (int $webhook.port)) -}}
{{- end -}}
{{- if and .Values.record.webhook (not .Values.record.enabled) -}}
{{- fail "record.webhook is true, but record.enabled is false: nothing would be on record" -}}
{{- end -}}
{{- if and .Values.record.enabled (has (int .Values.recorder.healthPort) (list (int $webhook.port) (int $webhook.healthPort))) -}}
{{- fail (printf "recorder.healthPort is %d, which the webhook has" (int .Values.recorder.healthPort)) -}}
{{- end -}}
{{- if and $webhook.hostNetwork (has 10250 (list (int $webhook.port) (int $webhook.healthPort))) -}}
{{- fail "webhook.hostNetwork is true: port 10250 of a node is the kubelet's; set webhook.port to another" -}}
{{- end -}}
{{- range $label, $value := .Values.commonLabels -}}
{{- if or (hasPrefix "app.kubernetes.io/" $label) (hasPrefix "helm.sh/" $label) -}}
{{- fail (printf "commonLabels: %s is the chart's own" $label) -}}
{{- end -}}
{{- end -}}
{{- end }}
