import { describe, expect, it } from 'vitest';
import { ALL_PORTS, containsPorts, portRange } from '../../../src/core/net/ports.ts';
import { portNames, resolvePorts } from '../../../src/core/netpol/port-names.ts';

const TCP = portRange('TCP', 1, 65535);

describe('a set of ports', () => {
  it('holds protocols without ports only where it says so', () => {
    expect(containsPorts(TCP, { ...TCP, other: true })).toBe(false);
    expect(containsPorts({ ...TCP, other: true }, TCP)).toBe(true);
    expect(containsPorts(ALL_PORTS, { ...TCP, other: true })).toBe(true);
  });

  it.each([
    ['every port of a protocol', { kind: 'all', protocol: 'TCP' } as const, TCP],
    ['a range', { kind: 'range', protocol: 'UDP', first: 53, last: 54 } as const, portRange('UDP', 53, 54)],
    [
      'a name of this protocol alone',
      { kind: 'named', protocol: 'TCP', name: 'mcp' } as const,
      portRange('TCP', 8080, 8080),
    ],
  ])('is what a rule gives: %s', (_, port, expected) => {
    const known = [
      { name: 'mcp', protocol: 'TCP', number: 8080, hostPort: 0 },
      { name: 'mcp', protocol: 'UDP', number: 9090, hostPort: 0 },
      { name: 'other', protocol: 'TCP', number: 7070, hostPort: 0 },
    ] as const;
    expect(resolvePorts({ kind: 'only', ports: [port] }, portNames(known))).toEqual(expected);
  });
});
