/** The label by which a workload or its pods say what they are: `"true"` an MCP server, `"false"` none. */
export const MCP_SERVER_LABEL = 'chokepoint.dev/mcp-server';
/** The label that the API server forces onto every namespace, with its name as the value: nobody can forge it. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';
