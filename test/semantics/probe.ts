import type { Endpoint, Protocol, Query } from '../support/oracle.ts';

const PROBE = /^(\S+) > (?:\[(\S+)\]|([^\s:]+)):(\d+)(?:\/(TCP|UDP|SCTP))?$/;

/** Reads `x/a > [2001:db8::1]:53/UDP`: ends are `namespace/pod` or addresses, the protocol is TCP unless given. */
export function parseProbe(probe: string): Query {
  const [, from = '', bracketed, plain = '', port = '', protocol = 'TCP'] = PROBE.exec(probe) ?? [];
  if (from === '') throw new Error(`not a probe: ${probe}`);
  return {
    from: endpoint(from),
    to: endpoint(bracketed ?? plain),
    port: Number(port),
    protocol: protocol as Protocol,
  };
}

function endpoint(text: string): Endpoint {
  return text.includes('/') ? { pod: text } : { ip: text };
}
