// How large a drawing is shown, and which of its layouts.
import type { Diagram, Layout } from "./types";

/** Texts of 12 px are almost 11 px then: nothing is drawn smaller unless somebody asks for it. */
export const READABLE = 0.9;
/** A layout grows to fill its room, up to this. */
const GROWN_MAX = 1.25;
/** Nobody needs it larger. */
const ZOOM_MAX = 3;
/** The wide layout is scrolled if the room has this part of it; else the narrow one stands in for it. */
const SHOWN_MIN = 0.75;
/** From this height on, in px, a drawing gets a frame in which it is scrolled. */
const TALL = 1_600;
/** In a room as wide as this, in px, a process that is too tall from top to bottom is scrolled from left to right. */
const ROOMY = 640;

/** The layout for a room so wide, in px; 0 is not known yet. */
export function layoutFor(drawing: Diagram, room: number): Layout {
  const { wide, narrow } = drawing;
  const fits = room === 0 || room >= wide.width * READABLE * SHOWN_MIN;
  const tall = room >= ROOMY && narrow.height > TALL;
  return fits || tall || narrow.width >= wide.width ? wide : narrow;
}

/** The scale to begin with: all of the room, but readable. */
export function beginScale(layout: Layout, room: number): number {
  return room === 0 ? 1 : Math.min(GROWN_MAX, Math.max(READABLE, room / layout.width));
}

/** The height of the frame, in px, in a window of this height; none if the drawing simply stands there. */
export function frameHeight(layout: Layout, room: number, window: number): number | undefined {
  const height = layout.height * beginScale(layout, room);
  return height > TALL ? Math.max(320, Math.round(window * 0.8)) : undefined;
}

/** The scale that shows everything in a room and a frame. */
export function fitScale(layout: Layout, room: number, frame: number | undefined): number {
  const begin = beginScale(layout, room);
  return room === 0 ? begin : Math.min(begin, room / layout.width, (frame ?? Infinity) / layout.height);
}

/** A scale in the bounds of what is of use. */
export function bounded(scale: number, fit: number): number {
  return Math.min(ZOOM_MAX, Math.max(Math.min(fit, READABLE), scale));
}
