/** Addresses of the machine that in-root-namespaces.ts makes: the control plane listens there, and nodes are joined to its bridge. */

/** TEST-NET-1 of RFC 5737, and 2001:db8::/32 of RFC 3849. */
export const MACHINE = { v4: '192.0.2.10', v6: '2001:db8:1::10', bridge: 'br0' } as const;

/** Set for what runs in the namespaces: an archive with the images of {@link IMAGES}. */
export const ARCHIVE_VARIABLE = 'CHOKEPOINT_TEST_IMAGES';

/** Names of the images that every node has. No registry is there to pull others from. */
export const IMAGES = { program: 'localhost/chokepoint:test', pause: 'localhost/pause:test' } as const;

/** The image of what stands for MCP servers in the end-to-end tests: it only runs. */
export const SERVER_IMAGE = 'registry.test/weather:1';

/** Below which the containers of all nodes have their cgroups. */
export const CGROUP = 'chokepoint-test-nodes';
