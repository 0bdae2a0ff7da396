# A Deployment is selected by a NetworkPolicy of its namespace: whatever that policy lets through.
package main

selectors[namespace] contains selector if {
	some file in input
	file.contents.kind == "NetworkPolicy"
	namespace := file.contents.metadata.namespace
	selector := file.contents.spec.podSelector
}

selected(workload) if {
	some selector in selectors[workload.metadata.namespace]
	wanted := object.get(selector, "matchLabels", {})
	every key, value in wanted {
		workload.spec.template.metadata.labels[key] == value
	}
}

deny contains msg if {
	some file in input
	workload := file.contents
	workload.kind == "Deployment"
	not selected(workload)
	msg := sprintf("%s/%s", [workload.metadata.namespace, workload.metadata.name])
}
