import type { Agent } from 'node:http';

/** The agents that requests were sent by. */
export interface Agents {
  /** Takes the agent into use; connections of the one before go as they become idle. */
  use(agent: Agent): Agent;
  /** Ends all connections. */
  close(): void;
}

const isInUse = ({ sockets }: Agent): boolean => Object.keys(sockets).length > 0;

/** Ends what is idle now, and what is in use as it becomes idle: a watch and a write under way go on. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}

/** One agent at a time: a new one comes with a new client certificate, since a connection proves who it is only as it begins. */
export function createAgents(): Agents {
  let current: Agent | undefined;
  let retired: readonly Agent[] = [];
  return {
    use: agent => {
      if (current !== undefined && current !== agent) {
        retire(current);
        retired = [...retired, current].filter(isInUse);
      }
      current = agent;
      return agent;
    },
    close: () => {
      for (const one of [...retired, ...(current === undefined ? [] : [current])]) one.destroy();
    },
  };
}
