import type { ObjectRef } from '../../core/kube/types.ts';

/** A text of a configuration, and the field path at which it stands in its file. */
export interface Placed {
  readonly text: string;
  readonly path: string;
  /** What the file has there, where values of variables were put into the text. Absent: the text itself. */
  readonly written?: string;
}

/** A text that sets something: the name is that of its field, variable, header or option. */
export interface Setting extends Placed {
  readonly name: string;
}

/** A port that Docker opens on the machine for a container. */
export interface PublishedPort {
  /** As it is written: `8080:80`. */
  readonly says: string;
  readonly path: string;
  /** The machine itself alone reaches it. */
  readonly isLoopback: boolean;
  /** The service that publishes it, whose network this one has. Absent: its own. */
  readonly sharedWith?: string;
}

/** A container of a Compose file. */
interface ComposeContainer {
  /** Empty: it is built from a folder. */
  readonly image: Placed;
  readonly published: readonly PublishedPort[];
  /** The field that gives it the machine's own network; absent: it has one of its own. */
  readonly hostNetwork?: string;
}

/** One MCP server as a client, or a Compose file, is told of it. */
export interface ClientServer {
  /** Kind: the client. Namespace: the folder that its configuration is of, as the path was given. Name: that of the server. */
  readonly ref: ObjectRef;
  /** Of the entry. */
  readonly path: string;
  /** The entry is switched off: nothing is started or reached. */
  readonly isEnabled: boolean;
  /** Where it is reached. Empty: over standard input and output. */
  readonly urls: readonly Placed[];
  /** The command that is started, a word each. Empty: none is. */
  readonly words: readonly Placed[];
  /** The command does nothing but bring what is reached at {@link urls} to a client that speaks to programs alone. */
  readonly isBridge: boolean;
  /** Everything that the entry sets besides. */
  readonly settings: readonly Setting[];
  readonly container?: ComposeContainer;
}
