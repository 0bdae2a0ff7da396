import { defineClientRule, SOURCES } from '../rule.ts';

export const publishedPort = defineClientRule<'published' | 'loopback' | 'shared' | 'host'>({
  id: 'compose-published-port',
  since: 'v1',
  title: 'A container publishes the port of an MCP server on its machine',
  why: 'Whoever reaches the machine reaches the server, past the gateway. Docker writes its rules before those of the host firewall.',
  limits:
    'What is reached within the networks of Compose is not looked at. Published on the machine itself alone, it is a warning; so is a port of the service whose network it has, which may lead to another program. Networks that give containers addresses of their own (macvlan) are not looked at, nor is which files `-f` puts together.',
  sources: [SOURCES.shadow, 'https://docs.docker.com/engine/network/packet-filtering-firewalls/'],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8,
  messages: {
    published: 'port {port} is published on all addresses of the machine, past the gateway',
    loopback: 'port {port} is published on the machine itself, past the gateway',
    shared: 'port {port} is published for the network that it has in common with service {service}, past the gateway',
    host: 'it has the network of its machine, on which all of its ports are open past the gateway',
  },
  check({ container }) {
    if (container === undefined) return [];
    const { published, hostNetwork } = container;
    const fix = { summary: 'take the port out, and let the gateway of its network reach the container' };
    return [
      ...published.map(({ says, path, isLoopback, sharedWith }) => ({
        messageId: isLoopback ? ('loopback' as const) : sharedWith ? ('shared' as const) : ('published' as const),
        path,
        data: { port: says, ...(sharedWith && { service: sharedWith }) },
        ...((isLoopback || sharedWith) && ({ atMost: 'warn' } as const)),
        fix,
      })),
      ...(hostNetwork === undefined ? [] : [{ messageId: 'host' as const, path: hostNetwork, fix }]),
    ];
  },
});
