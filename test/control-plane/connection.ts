import type { ClusterAddress } from './address.ts';
import { type AuditEvent, readAuditLog } from './audit.ts';
import { findBinaries } from './binaries.ts';
import { type Client, type Credentials, createClient, type Request } from './client.ts';
import { clientPair } from './pki.ts';
import { runTool, type ToolOptions, type ToolResult } from './tool.ts';
import { createServiceAccount, createUser, type RbacRule, type User, type UserOptions } from './users.ts';
import { webhooksLive } from './webhooks.ts';

/** What tests do with a running cluster, from whichever process. */
export interface Connection {
  readonly address: ClusterAddress;
  /** As the administrator. */
  readonly request: Request;
  readonly kubectl: (args: readonly string[], options?: ToolOptions) => Promise<ToolResult>;
  /** The real helm, which is built where it was never asked for. */
  readonly helm: (args: readonly string[], options?: ToolOptions) => Promise<ToolResult>;
  readonly user: (name: string, options?: UserOptions) => Promise<User>;
  /** `system:serviceaccount:NAMESPACE:NAME` with exactly these rights in the whole cluster. */
  readonly serviceAccount: (namespace: string, name: string, rules?: readonly RbacRule[]) => Promise<User>;
  /** Waits until every webhook configuration that was written before the call is in force. */
  readonly webhooksLive: () => Promise<void>;
  /** All events so far; an error where the cluster keeps no audit log. */
  readonly auditEvents: () => readonly AuditEvent[];
  /** Ends our connections, not the cluster. */
  readonly close: () => void;
}

/** The administrator's rights come from the group that Kubernetes binds to cluster-admin. */
export const ADMIN = { user: 'test-admin', groups: ['system:masters'] } as const;

/** Connects to a cluster that runs. */
export function connect(address: ClusterAddress): Connection {
  const clients: Client[] = [];
  const requestAs = (credentials: Credentials): Request => {
    const client = createClient({ port: address.port, ca: address.authority.cert }, credentials);
    clients.push(client);
    return client.request;
  };
  const request = requestAs(clientPair(address.authority, ADMIN.user, ADMIN.groups));
  const needs = { address, request, requestAs };
  return {
    address,
    request,
    kubectl: (args, options = {}) => runTool(address.kubectl, address, args, options),
    helm: async (args, options = {}) => runTool((await findBinaries(['helm'])).helm, address, args, options),
    user: (name, options) => createUser(needs, name, options),
    serviceAccount: (namespace, name, rules) => createServiceAccount(needs, namespace, name, rules),
    webhooksLive: () => webhooksLive(request),
    auditEvents: () => readAuditLog(address.auditLog),
    close: () => {
      for (const client of clients) client.close();
    },
  };
}
