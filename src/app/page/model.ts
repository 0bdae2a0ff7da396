/**
 * What the page of a report shows, as plain data: made once, from the facts of a judgement, and drawn by whatever shows it. Every text in it is
 * visible text of strangers, and is shown as text.
 */

/**
 * Where a server stands, the worst first. `open`: denied. `unsure`: it cannot be judged. `excepted`: it would be denied but for an exception.
 * `warned`: closed, with warnings.
 */
export const STANDINGS = ['open', 'unsure', 'excepted', 'warned', 'closed'] as const;
export type Standing = (typeof STANDINGS)[number];

/** How a way in or out is to be seen. `meant`: the configuration says so. */
export const WAY_STANDINGS = ['open', 'warned', 'meant'] as const;
export type WayStanding = (typeof WAY_STANDINGS)[number];

/** The other end of ways in or out, of many servers alike. */
export interface MapEnd {
  /** Unique among the ends of one side. */
  readonly id: string;
  /** As `gateway envoy`, `anyone`, `cluster addresses`. */
  readonly text: string;
}

/** One way in or out of a server: what its effective traffic lets through. */
export interface MapWay {
  readonly side: 'from' | 'to';
  readonly standing: WayStanding;
  readonly end: MapEnd;
  /** Who exactly, in words. */
  readonly who: string;
  /** `TCP 8080, UDP 53`, or `every port`. */
  readonly ports: string;
  /** Rules that let it through, `shop/open spec.ingress[0]`; empty: no policy closes the direction. */
  readonly by: readonly string[];
  /** Workloads of the world that are such pods, the first few and the number of the others. Absent: none, or addresses. */
  readonly now?: string;
}

/** What can reach a server, and what it can reach. */
export interface ServerMap {
  /** From whom first; of each side the worst first. */
  readonly ways: readonly MapWay[];
  /** Why the picture may not be whole: a sentence each. */
  readonly notes: readonly string[];
}

/** Lines of the text of an object. */
export interface Excerpt {
  /** Number of the first line, 1-based. */
  readonly first: number;
  readonly lines: readonly string[];
  /** The line that is meant, 1-based as `first`; 0: none. */
  readonly mark: number;
}

/** What is wrong with a server, or with the judgement of it. */
export interface PageFinding {
  readonly level: 'deny' | 'warn' | 'unsure' | 'excepted';
  readonly rule: string;
  readonly message: string;
  /** The object and the field in it; empty: the server itself. */
  readonly at: string;
  /** `search.yaml:21`; empty: it stands in no file. */
  readonly place: string;
  /** The proof in words; empty: none. */
  readonly witness: string;
  readonly fix: string;
  /** Why and until when an exception sets it aside; absent: none does. */
  readonly exception?: string;
  /** From when on it is open, and for how many days. Absent: not known. */
  readonly since?: string;
  /** It was there in what is compared with. Absent: nothing is, or it was not. */
  readonly known?: true;
  readonly excerpt?: Excerpt;
}

/** A change that mends something, as `diff -u` has it. */
export interface PageFix {
  /** What it does to which file or object. */
  readonly title: string;
  readonly diff: string;
}

/** What the changes together come to. */
export interface AfterFixes {
  readonly standing: Standing;
  readonly map: ServerMap;
}

/** One MCP server, as it stands in the list. */
export interface PageServer {
  /** `namespace/Kind/name`, of a build `… (build)`. Unique. */
  readonly id: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly standing: Standing;
  /** What a person knows it by; absent: by itself. */
  readonly owner?: string;
  /** What is found of it, in the order of {@link ServerDetail.findings}. */
  readonly found: readonly Pick<PageFinding, 'rule' | 'message'>[];
  /** Of its ways, each end once: indexes in {@link Page.ends}. */
  readonly ends: readonly number[];
}

/** What is known of a server, for who asks for it. */
export interface ServerDetail {
  /** How sure it is that it is one, and why. */
  readonly mcp: string;
  readonly evidence: readonly string[];
  readonly place: string;
  /** From when on it has been judged, and the mode of its namespace. Absent: not known. */
  readonly judged?: string;
  readonly builds: readonly string[];
  /** What is denied, what cannot be judged, warnings, and what exceptions set aside, in this order. */
  readonly findings: readonly PageFinding[];
  readonly map: ServerMap;
  readonly fixes: readonly PageFix[];
  /** Absent: no machine can change anything for it. */
  readonly after?: AfterFixes;
  /** The command that tells more about its first finding. Absent: it has none. */
  readonly more?: string;
}

/** A box of the picture. Its place is given once the picture is laid out; all in the units of the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Ends of one side that the servers of a namespace share. */
export interface PictureEnd extends MapEnd {
  readonly standing: WayStanding;
  readonly box: Box;
}

/** A namespace with its servers. */
export interface PictureNamespace {
  readonly name: string;
  /** Indexes of its servers in {@link Page.servers}. */
  readonly servers: readonly number[];
  /** Of each server the place of its mark inside the box. */
  readonly columns: number;
  readonly box: Box;
}

/** How many servers of a namespace have a way from or to an end. */
export interface PictureLine {
  /** Index of the end on its side. */
  readonly end: number;
  readonly side: MapWay['side'];
  /** Index of the namespace. */
  readonly namespace: number;
  readonly servers: number;
  readonly standing: WayStanding;
}

/** All namespaces with servers and all ends of their ways. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly from: readonly PictureEnd[];
  readonly to: readonly PictureEnd[];
  readonly namespaces: readonly PictureNamespace[];
  readonly lines: readonly PictureLine[];
}

/** One side of an answer: whether, and why. */
export type AskSide = readonly [allowed: boolean | null, why: string];

/** An end that can be asked about. */
export interface AskEnd {
  /** As the command takes it: `shop/Deployment/web`, `203.0.113.7`. */
  readonly name: string;
  /** What it is, where the name does not say: `an address on the Internet`; empty: a workload. */
  readonly is: string;
  /** It is an MCP server. */
  readonly server: boolean;
  /** Index of what its own side mostly says as a source, in {@link Ask.sides}. */
  readonly egress: number;
  /** What can be asked about it as a destination, by port. Empty: it declares none. */
  readonly ports: readonly AskPort[];
}

/** Answers about one port of a destination: the usual sides of both ends, but for `others`. */
export interface AskPort {
  /** `TCP 8080`. */
  readonly text: string;
  /** So many ends are worked out as sources, from the first on. */
  readonly sources: number;
  /** Index of what the side of the destination mostly says. */
  readonly ingress: number;
  /** Where either side says something else: the index of the source, and of both sides. */
  readonly others: readonly (readonly [source: number, egress: number, ingress: number])[];
}

/** Answers that were worked out when the page was made. */
export interface Ask {
  readonly ends: readonly AskEnd[];
  readonly sides: readonly AskSide[];
  /** The command that answers what was not worked out: `FROM`, `TO`, `PORT` and `PROTOCOL` stand for what is asked. */
  readonly command: string;
}

/** Something that could not be read, or that the configuration leaves out. */
export interface PageProblem {
  readonly severity: 'error' | 'warning';
  readonly place: string;
  readonly message: string;
}

/** What a change lets reach what, newly or no more, in words. */
export interface PageChange {
  readonly against: string;
  readonly opened: readonly string[];
  readonly closed: readonly string[];
}

/** The whole page but for the details of its servers. */
export interface Page {
  /** What was judged: `12 files`, `the cluster at https://…`. */
  readonly subject: string;
  /** The day, `YYYY-MM-DD` in UTC. */
  readonly day: string;
  readonly version: string;
  readonly configuration: string;
  /** The sum in a sentence or two. */
  readonly sentence: string;
  readonly closed: number;
  /** Worst first, then by namespace, kind and name. */
  readonly servers: readonly PageServer[];
  /** Texts of the ends of ways, each once. */
  readonly ends: readonly string[];
  readonly picture: Picture;
  readonly ask: Ask;
  readonly problems: readonly PageProblem[];
  /** Facts about the judgement, a line each: ranges, objects passed over. */
  readonly facts: readonly string[];
  /** Absent: nothing is compared with. */
  readonly change?: PageChange;
}
