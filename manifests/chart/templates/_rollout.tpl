{{/* Label selectors as CEL, over a variable `before` with the labels of a namespace. */}}

{{/* Takes a list: the key, the operator, the values. */}}
{{- define "chokepoint.requirementCel" -}}
{{- $key := index . 0 | toJson -}}
{{- $has := printf "%s in variables.before" $key -}}
{{- $in := printf "(%s && variables.before[%s] in %s)" $has $key (index . 2 | toJson) -}}
{{- $cel := dict "In" $in "NotIn" (printf "!%s" $in) "Exists" $has "DoesNotExist" (printf "!(%s)" $has) -}}
{{ get $cel (index . 1) }}
{{- end }}

{{/* Takes a selector; an empty one is `true`. */}}
{{- define "chokepoint.selectorCel" -}}
{{- $all := list -}}
{{- range $key, $value := .matchLabels -}}
{{- $all = append $all (include "chokepoint.requirementCel" (list $key "In" (list $value))) -}}
{{- end -}}
{{- range .matchExpressions -}}
{{- $all = append $all (include "chokepoint.requirementCel" (list .key .operator (.values | default list))) -}}
{{- end -}}
{{ $all | join " && " | default "true" }}
{{- end }}

{{/* Whether any rollout of the configuration names the namespace. Where the values have none, which it is is not known here. */}}
{{- define "chokepoint.rolloutNames" -}}
{{- $any := list -}}
{{- range .Values.configuration.rollout -}}
{{- $any = append $any (printf "(%s)" (include "chokepoint.selectorCel" (.namespaces | default dict))) -}}
{{- end -}}
{{ $any | join " || " | default "true" }}
{{- end }}
