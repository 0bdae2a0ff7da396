import { describe, expect, test } from 'vitest';
import { domainProblem } from '../../../src/core/gate/domain-names.ts';

describe('A name of a host that servers may reach', () => {
  test.each(['api.github.com', '*.example.com', 'a-b.example.co.uk', 'xn--bcher-kva.example', '0.example.com'])(
    'may be %s',
    name => expect(domainProblem(name)).toBeUndefined(),
  );

  // biome-ignore format: one line a name
  test.each([
    ['*', 'is every host there is'],
    ['*.com', 'is every host of a top-level domain'],
    ['localhost', 'is the machine itself'],
    ['a.localhost', 'is the machine itself'],
    ['orders.shop.svc', 'is inside a cluster or a private network'],
    ['*.svc', 'is inside a cluster or a private network'],
    ['orders.shop.svc.cluster.local', 'is inside a cluster or a private network'],
    ['*.cluster.local', 'is inside a cluster or a private network'],
    ['printer.local', 'is inside a cluster or a private network'],
    ['metadata.google.internal', "is a cloud's metadata service"],
    ['*.metadata.goog', "is a cloud's metadata service"],
    ['METADATA.google.internal', "is a cloud's metadata service"],
    ['*.metadata.google.internal', "is a cloud's metadata service"],
    ['metadata.google.internal.', "is a cloud's metadata service"],
    ['*.co.uk', 'is every host of a top-level domain'],
    ['*.xn--p1ai', 'is every host of a top-level domain'],
    ['LocalHost.', 'is the machine itself'],
    ['kubernetes.default', 'is inside a cluster or a private network'],
    ['kube-dns.kube-system', 'is inside a cluster or a private network'],
    ['*.svc.cluster.local', 'is inside a cluster or a private network'],
    ['Cluster.Local.', 'is inside a cluster or a private network'],
    ['169.254.169.254.sslip.io', 'is answered with whatever address stands in it'],
    ['169.254.169.254', 'is no host name in small letters, or *. before one'],
    ['0x7f.0x1', 'is no host name in small letters, or *. before one'],
    ['::1', 'is no host name in small letters, or *. before one'],
    ['bücher.example', 'is no host name in small letters, or *. before one'],
    ['*.*', 'is no host name in small letters, or *. before one'],
    ['instance-data', "is a cloud's metadata service"],
    ['ip-10-0-0-1.ec2.internal', 'is inside a cluster or a private network'],
    ['10.0.0.1.nip.io', 'is answered with whatever address stands in it'],
    ['orders', 'is no host name in small letters, or *. before one'],
    ['10.0.0.1', 'is no host name in small letters, or *. before one'],
    ['Example.com', 'is no host name in small letters, or *. before one'],
    ['api.*.com', 'is no host name in small letters, or *. before one'],
    ['**.example.com', 'is no host name in small letters, or *. before one'],
    ['example.com.', 'is no host name in small letters, or *. before one'],
    ['https://example.com', 'is no host name in small letters, or *. before one'],
    ['', 'is no host name in small letters, or *. before one'],
  ])('may not be %s: it %s', (name, problem) => {
    expect(domainProblem(name)).toBe(problem);
  });
});
