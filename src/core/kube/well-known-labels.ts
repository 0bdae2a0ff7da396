/** The label that the API server forces onto every namespace, with its name as the value: nobody can forge it. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';
