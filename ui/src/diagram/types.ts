// The drawing of a process as the node lays it out: pixels, texts already broken into lines.

export type Standing = "current" | "taken" | "next" | "rest" | "counterexample" | "stuck";

export interface Text {
  x: number;
  y: number;
  width: number;
  anchor: "start" | "middle" | "end";
  text: string;
  kind: "title" | "note" | "label" | "fact";
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  width: number;
  height: number;
  nodes: (Box & {
    state: string;
    standing: Standing;
    texts: Text[];
    chips: (Box & { actor?: string; text: string })[];
    badge?: Box & { text: string };
  })[];
  lines: {
    edges: string[];
    source: string;
    target: string;
    standing: Exclude<Standing, "current" | "stuck">;
    path: string;
    points: number[][];
    /** Path data of the head of the arrow. */
    head: string;
    texts: Text[];
    marks: { x: number; y: number; text: string }[];
  }[];
}

export interface Diagram {
  title: string;
  language: string;
  roles: { actor: string; title: string; monogram: string }[];
  states: {
    state: string;
    title: string;
    kind: "state" | "success" | "failure" | "cancelled";
    initial: boolean;
    actors: string[];
  }[];
  edges: {
    edge: string;
    source: string;
    target: string;
    label: string;
    stays: boolean;
    trigger: string;
    actors: string[];
    actions: string[];
  }[];
  words: string[];
  wide: Layout;
  narrow: Layout;
}

/** What is known of a run; names that the scenario does not have are passed over. */
export interface Overlay {
  current?: string;
  taken?: { state: string; cause?: string; number?: number }[];
  next?: { actor: string; action: string }[];
  you?: string[];
  monograms?: Record<string, string>;
  counterexample?: string[];
}
