// The processes that a contract runs at one time, and how they are called.
import type { ContractView, OpenAction, ProcessPart } from "../api/types";
import { t } from "../messages";

/** The process that a contract starts by itself. */
export const MAIN = "main";

/** The processes that run within `main`, or are over. */
export function processesWithin<P extends Pick<ProcessPart, "process">>(all: readonly P[] | undefined): readonly P[] {
  return (all ?? []).filter(({ process }) => process !== MAIN);
}

/** How each process is called: by its title, and if others have the same by its name, too. */
export function processNames(processes: readonly { process: string; title: string }[]): ReadonlyMap<string, string> {
  const named = processes.map(({ process, title }) => {
    const alike = processes.some(other => other.process !== process && other.title === title);
    const path = process.slice(MAIN.length + 1);
    return [process, alike ? t("process.alike", { title, name: path }) : title] as const;
  });
  return new Map(named);
}

/** The name of the process that an action is open in; nothing for `main`. */
export function processOf(view: ContractView, process: string | undefined): string | undefined {
  if (process === undefined || process === MAIN) return undefined;
  return processNames(processesWithin(view.process?.processes)).get(process) ?? process.slice(MAIN.length + 1);
}

/** Whether an action is meant: a link may leave out the process, and the actor by its name in that process. */
export function isOpenAs(
  open: OpenAction,
  name: string,
  process: string | undefined,
  role: string | undefined,
): boolean {
  if (open.action !== name || (role !== undefined && open.role !== role)) return false;
  return process === undefined || (open.process ?? MAIN) === process;
}
