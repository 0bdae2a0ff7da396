/** Who tells of a cluster's ranges: a cloud of its managed clusters, or a cluster of itself. */
export const RANGE_SOURCES = ['gke', 'eks', 'aks', 'cluster'] as const;
export type RangeSource = (typeof RANGE_SOURCES)[number];

/** Forms of the output: a GatePolicy, the lines of an `except` list, or all that is known, for programs. */
export const RANGE_FORMATS = ['yaml', 'list', 'json'] as const;
export type RangeFormat = (typeof RANGE_FORMATS)[number];
