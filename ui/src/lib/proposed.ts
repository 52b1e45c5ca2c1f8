// A text on its way from the playground to a new contract, within this tab.
const PLACE = "countersign.proposed";

/** Hands a scenario over; false if the browser keeps nothing. */
export function propose(document: string): boolean {
  try {
    sessionStorage.setItem(PLACE, document);
    return true;
  } catch {
    return false;
  }
}

/** The scenario that was handed over, if there is one. */
export function proposed(): string | undefined {
  return sessionStorage.getItem(PLACE) ?? undefined;
}

/** It was taken: the next new contract begins with nothing. */
export function forgetProposed(): void {
  sessionStorage.removeItem(PLACE);
}
