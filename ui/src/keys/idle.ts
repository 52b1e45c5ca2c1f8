// Whoever goes away leaves no open session: after a while without a touch, keys are locked and the person is signed out.
import { forget, signedIn } from "../api/session";
import { Observed } from "../lib/observed";
import { lockAll } from "./unlocked";

const KEY = "countersign.idle";
const TOUCHES = ["pointerdown", "keydown", "wheel", "touchstart"] as const;
const LOOK_MS = 5_000;

/** Minutes that may be chosen. */
export const IDLE_MINUTES = [5, 15, 30, 60] as const;

function stored(): number {
  const value = Number(localStorage.getItem(KEY));
  return IDLE_MINUTES.some(minutes => minutes === value) ? value : 15;
}

/** After so many minutes. */
export const idleMinutes = new Observed<number>(stored());

export function chooseIdle(minutes: number): void {
  localStorage.setItem(KEY, String(minutes));
  idleMinutes.set(minutes);
}

/** Locks and signs out at once. */
export function lock(): void {
  lockAll();
  forget("locked");
}

/** Watches until the function that it gives is called. */
export function watchIdle(): () => void {
  let last = Date.now();
  const touched = (): void => {
    last = Date.now();
  };
  for (const touch of TOUCHES) window.addEventListener(touch, touched, { passive: true });
  const timer = setInterval(() => {
    if (signedIn.get().state === "in" && Date.now() - last > idleMinutes.get() * 60_000) lock();
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    for (const touch of TOUCHES) window.removeEventListener(touch, touched);
  };
}
