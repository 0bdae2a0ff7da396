/** The network namespace in which Services work: see in-private-network.ts, which makes it. */

/** Set for what runs in the private network. */
export const NODE_ADDRESS_VARIABLE = 'CHOKEPOINT_TEST_NODE_ADDRESS';

/** The address of the one node, on a bridge (TEST-NET-1 of RFC 5737); undefined outside the private network. */
export const NODE_ADDRESS: string | undefined = process.env[NODE_ADDRESS_VARIABLE];
