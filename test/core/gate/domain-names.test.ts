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
