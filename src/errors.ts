/** Every kind of failure of the environment, or of ours, that is thrown. Codes are stable and never reused. */
export type GateErrorCode =
  /** The TLS certificate or its key cannot be read, do not belong together, or have ended. */
  | 'bad-certificate'
  /** The configuration cannot be used. */
  | 'bad-configuration'
  /** The manifests that make up the world cannot all be read. */
  | 'unreadable-world'
  /** The address or port cannot be listened on. */
  | 'cannot-listen'
  /** The command line asks for something that is not there, or leaves something out. */
  | 'bad-usage'
  /** A file that the command line names cannot be opened or read. */
  | 'unreadable-file'
  /** What was asked for cannot be written: a full disk, a device that takes nothing. */
  | 'unwritable-output'
  /** The kubeconfig, or what it points to, cannot be used. */
  | 'bad-kubeconfig'
  /** The credentials for the API server cannot be had: a file is gone, a plugin failed. */
  | 'no-credentials'
  /** The API server cannot be reached, or does not answer in time. */
  | 'unreachable-cluster'
  /** The API server refused what must be allowed, or answered something that its API does not promise. */
  | 'unexpected-answer'
  /** A request was asked for that no path of the API stands for. */
  | 'bad-request'
  /** Some of what the controller was to write could not be written; why is noted of each. */
  | 'actions-failed'
  /** The command line of a cloud is not there, failed, or printed what cannot be read. */
  | 'cloud-failed'
  /** The MCP registry does not answer, or answers what cannot be read. */
  | 'registry-failed'
  /** The file of the record cannot be appended to, or is another file. */
  | 'unusable-record'
  /** The bundled samples of the demo are not where the command line was installed. */
  | 'missing-samples';

/** Thrown at the edges only. What is wrong with a user's object is a Finding, what cannot be read is an Issue. */
export class GateError extends Error {
  readonly code: GateErrorCode;

  constructor(code: GateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GateError';
    this.code = code;
  }
}

/** What was thrown, in words: the message of an error, without its class and stack; anything else as text. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
