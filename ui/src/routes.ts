// Which address shows which page. A page is a file in `pages/` with a default export; an entry whose file is not there
// does not exist, so pages come and go without touching anything else.
import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import type { Key } from "./messages";

/** What a page gets: the parameters of its address. */
export interface PageProperties {
  params: Readonly<Record<string, string | undefined>>;
}

interface Entry {
  path: string;
  file: string;
  /** Without signing in, and without the frame. */
  open?: boolean;
  /** Its word in the navigation. */
  text?: Key;
}

/** The first that matches counts. `:name` is a parameter, `:name?` one that may be missing. */
const ENTRIES: readonly Entry[] = [
  { path: "/", file: "Inbox", text: "frame.inbox" },
  { path: "/contracts", file: "Contracts", text: "frame.contracts" },
  { path: "/contracts/new", file: "NewContract", text: "frame.newContract" },
  { path: "/contracts/:contract", file: "Contract" },
  { path: "/contracts/:contract/log/:entry?", file: "Chain" },
  { path: "/contracts/:contract/prose", file: "Prose" },
  { path: "/contracts/:contract/act/:actor/:action", file: "Action" },
  { path: "/join", file: "Join", text: "frame.join" },
  { path: "/playground", file: "Playground", text: "frame.playground" },
  { path: "/errors/:code?", file: "Errors", open: true },
  { path: "/verify", file: "Verify", open: true, text: "frame.verify" },
  { path: "/node", file: "Node", text: "frame.node" },
  { path: "/node/webhooks", file: "Webhooks" },
  { path: "/node/personal", file: "Personal" },
  { path: "/settings", file: "Settings", text: "frame.settings" },
];

const files = import.meta.glob<{ default: ComponentType<PageProperties> }>([
  "./pages/*.tsx",
  "!./pages/SignIn.tsx",
  "!./pages/*.test.tsx",
]);

export interface Route {
  path: string;
  open: boolean;
  Page: LazyExoticComponent<ComponentType<PageProperties>>;
}

export const ROUTES: readonly Route[] = ENTRIES.flatMap(({ path, file, open = false }) => {
  const load = files[`./pages/${file}.tsx`];
  return load === undefined ? [] : [{ path, open, Page: lazy(load) }];
});

/** What the frame offers, in this order. */
export const NAVIGATION: readonly { to: string; text: Key }[] = ENTRIES.flatMap(({ path, file, text }) =>
  text === undefined || files[`./pages/${file}.tsx`] === undefined ? [] : [{ to: path, text }],
);

/** Addresses, so that nobody writes one by hand. They are below `/ui`, which the router adds. */
export const to = {
  inbox: "/",
  contracts: "/contracts",
  settings: "/settings",
  personal: "/node/personal",
  /** Without a code: all. */
  error: (code?: string) => `/errors${code === undefined ? "" : `/${encodeURIComponent(code)}`}`,
  newContract: "/contracts/new",
  /** Without a contract: to paste a link. */
  join: (contract?: string) => `/join${contract === undefined ? "" : `?contract=${contract}`}`,
  contract: (contract: string) => `/contracts/${contract}`,
  log: (contract: string, entry?: string | number) =>
    `/contracts/${contract}/log${entry === undefined ? "" : `/${entry}`}`,
  prose: (contract: string) => `/contracts/${contract}/prose`,
  /** Without a process: in the first where it is open. `role`: as which actor of that process, of which one may be two. */
  act: (contract: string, actor: string, action: string, process?: string, role?: string) => {
    const within = { ...(process === undefined ? {} : { process }), ...(role === undefined ? {} : { role }) };
    const query = process === undefined ? "" : `?${new URLSearchParams(within)}`;
    return `/contracts/${contract}/act/${encodeURIComponent(actor)}/${encodeURIComponent(action)}${query}`;
  },
} as const;

/** Whether a page is there to link to. */
export function hasPage(file: string): boolean {
  return files[`./pages/${file}.tsx`] !== undefined;
}
