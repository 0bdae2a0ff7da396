/** What a node runs; runc, the CNI plugins and nft are the machine's. */
export const NODE_PROGRAMS = ['kubelet', 'kube-proxy', 'containerd', 'containerd-shim-runc-v2', 'ctr'] as const;
