// What changes the page while a button of the mouse is down can move the target away below it, and the click is lost. A
// field that is left by a press waits until the press is over before it says what is wrong.

let pressed = false;
addEventListener("pointerdown", () => (pressed = true), true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (pressed = false), true);

/** Does something now, or once the press that is under way has become a click. */
export function afterPress(then: () => void): void {
  if (!pressed) return then();
  const end = (): void => {
    removeEventListener("pointerup", end, true);
    removeEventListener("pointercancel", end, true);
    setTimeout(then);
  };
  addEventListener("pointerup", end, true);
  addEventListener("pointercancel", end, true);
}
