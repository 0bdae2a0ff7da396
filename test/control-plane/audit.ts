import { existsSync, readFileSync } from 'node:fs';

/** One line of the audit log (audit.k8s.io/v1 Event), the fields that tests ask for. */
export interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestURI: string;
  /** `authorization.k8s.io/decision` is `forbid` where the user lacked the right; a webhook's refusal is a 403 too. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** All events so far, oldest first; a half-written last line is left for the next time. */
export function readAuditLog(path: string | undefined): readonly AuditEvent[] {
  if (path === undefined) throw new Error('this cluster keeps no audit log: start it with {audit: true}');
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as AuditEvent);
}
