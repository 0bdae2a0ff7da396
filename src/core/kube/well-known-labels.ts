/** The label by which a workload or its pods say what they are: `"true"` an MCP server, `"false"` none. */
export const MCP_SERVER_LABEL = 'chokepoint.dev/mcp-server';
/** The label that the API server forces onto every namespace, with its name as the value: nobody can forge it. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';
/** The annotation in which kubectl keeps the whole object a second time: as long as all the rest, and nothing is judged by it. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
