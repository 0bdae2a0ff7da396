import type { ClientRule } from '../rule.ts';
import { localServer } from './local-server.ts';
import { pastGateway } from './past-gateway.ts';
import { plainHttp } from './plain-http.ts';
import { plainSecret } from './plain-secret.ts';
import { publishedPort } from './published-port.ts';
import { unknownHost } from './unknown-host.ts';
import { unpinnedPackage } from './unpinned-package.ts';

/** What servers of clients are judged by, in alphabetical order of ids. */
export const CLIENT_RULES: readonly ClientRule[] = [
  localServer,
  pastGateway,
  plainHttp,
  plainSecret,
  unknownHost,
  unpinnedPackage,
  publishedPort,
];
