{{/* What is named, and how. */}}

{{- define "chokepoint.labels" -}}
app.kubernetes.io/name: chokepoint
app.kubernetes.io/part-of: chokepoint
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Name and labels of a cluster-wide object. Takes a list: the root, the name. */}}
{{- define "chokepoint.clusterwide" -}}
name: {{ index . 1 }}
labels: {{- include "chokepoint.labels" (index . 0) | nindent 2 }}
{{- end }}

{{/* The same of an object in the release's namespace. */}}
{{- define "chokepoint.namespaced" -}}
name: {{ index . 1 }}
namespace: {{ (index . 0).Release.Namespace | quote }}
labels: {{- include "chokepoint.labels" (index . 0) | nindent 2 }}
{{- end }}

{{/* Labels by which Pods are found. Takes the component. */}}
{{- define "chokepoint.selector" -}}
app.kubernetes.io/name: chokepoint
app.kubernetes.io/component: {{ . }}
{{- end }}

{{- define "chokepoint.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}{{ with .tag }}:{{ . }}{{ end }}@{{ .digest }}{{ else }}:{{ $tag }}{{ end }}
{{- end -}}
{{- end }}

{{/* The Secret that the webhook serves. */}}
{{- define "chokepoint.servingSecret" -}}
{{- $secrets := dict "controller" "chokepoint-tls" "cert-manager" "chokepoint-cert-manager-tls" "existing" .Values.certificates.existing.secretName -}}
{{ get $secrets .Values.certificates.provider }}
{{- end }}

{{/* "true" where the controller makes the certificates, else empty. */}}
{{- define "chokepoint.makesCertificates" -}}
{{- if eq .Values.certificates.provider "controller" }}true{{ end -}}
{{- end }}

{{/* "true" where a namespace without the label chokepoint.dev/mode enforces, else empty. */}}
{{- define "chokepoint.enforcesUnlabelled" -}}
{{- if eq (.Values.configuration.mode | default "audit") "enforce" }}true{{ end -}}
{{- end }}
