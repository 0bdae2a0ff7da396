import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Identity } from './credentials.ts';
import type { Connection } from './kubeconfig.ts';

type Agent = HttpAgent | HttpsAgent;

/** The connections to one API server. */
export interface Agents {
  of(identity: Identity): Agent;
  /** Ends all connections. */
  close(): void;
}

function createAgent({ server, ca, serverName, insecure }: Connection, { certificate }: Identity): Agent {
  if (server.protocol === 'http:') return new HttpAgent({ keepAlive: true });
  return new HttpsAgent({
    keepAlive: true,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: !insecure,
    ...(ca !== undefined && { ca }),
    ...(serverName !== undefined && { servername: serverName }),
    ...certificate,
  });
}

const isInUse = ({ sockets }: Agent): boolean => Object.keys(sockets).length > 0;

/** Ends what is idle now, and what is in use as it becomes idle: a watch and a write under way go on. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}

/** One agent for each client certificate: a connection proves who it is only as it begins. */
export function createAgents(connection: Connection): Agents {
  let cert: string | undefined;
  let agent: Agent | undefined;
  let retired: readonly Agent[] = [];
  return {
    of: identity => {
      if (agent !== undefined && cert === identity.certificate?.cert) return agent;
      if (agent !== undefined) {
        retire(agent);
        retired = [...retired, agent].filter(isInUse);
      }
      cert = identity.certificate?.cert;
      agent = createAgent(connection, identity);
      return agent;
    },
    close: () => {
      for (const one of [...retired, ...(agent === undefined ? [] : [agent])]) one.destroy();
    },
  };
}
