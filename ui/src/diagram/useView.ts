// Zooming and moving a drawing in its frame. The frame is a scrolled box: fingers, wheels and arrow keys move it by
// themselves.
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
} from "react";
import type { Diagram, Layout } from "./types";
import { beginScale, bounded, fitScale, frameHeight, layoutFor } from "./view";

/** One press makes it so much larger. */
const STEP = 1.25;
/** One unit of a wheel with Ctrl, or of two fingers on a pad. */
const WHEEL_STEP = 1.002;
/** A pointer that moved less has pressed, not dragged; in px. */
const DRAG_MIN = 4;

export interface View {
  layout: Layout;
  scale: number;
  /** The height of the frame in px; none: as high as the drawing. */
  height: number | undefined;
  /** Whether there is more than the frame shows, or somebody changed the scale. */
  moves: boolean;
  larger: () => void;
  smaller: () => void;
  fit: () => void;
  /** What the frame listens to. */
  frame: {
    ref: (element: HTMLDivElement | null) => void;
    onKeyDown: (event: KeyboardEvent) => void;
    onPointerDown: (event: PointerEvent) => void;
    onPointerMove: (event: PointerEvent) => void;
    onPointerUp: (event: PointerEvent) => void;
    onPointerCancel: (event: PointerEvent) => void;
  };
}

/** The view of a drawing in the room that it has. It begins readable, with the current state in the middle. */
export function useView(drawing: Diagram): View {
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const [room, setRoom] = useState({ width: 0, window: 0 });
  const [zoom, setZoom] = useState<number>();
  useEffect(() => {
    if (element === null) return undefined;
    const observer = new ResizeObserver(entries =>
      setRoom({ width: entries[0]?.contentRect.width ?? 0, window: innerHeight }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);

  const layout = layoutFor(drawing, room.width);
  const begin = beginScale(layout, room.width);
  const tall = frameHeight(layout, room.width, room.window);
  const fit = fitScale(layout, room.width, tall);
  const scale = zoom === undefined ? begin : bounded(zoom, fit);
  // Whoever zooms does not move the page below.
  const height = tall ?? (zoom === undefined ? undefined : Math.ceil(layout.height * begin));

  const still = useStillPoint(element, scale);
  const zoomTo = useCallback(
    (change: (scale: number) => number, at?: { x: number; y: number }): void => {
      still(at);
      setZoom(before => bounded(change(before ?? begin), fit));
    },
    [begin, fit, still],
  );
  useWheel(element, zoomTo);
  useCentre(element, layout, scale, room.width);
  const larger = (): void => zoomTo(before => before * STEP);
  const smaller = (): void => zoomTo(before => before / STEP);
  const whole = (): void => zoomTo(() => fit);
  const keys: Readonly<Record<string, () => void>> = { "+": larger, "=": larger, "-": smaller, "0": whole };
  return {
    layout,
    scale,
    height,
    moves: fit < begin * 0.99 || (zoom !== undefined && Math.abs(scale - begin) > 0.001),
    larger,
    smaller,
    fit: whole,
    frame: {
      ref: setElement,
      onKeyDown: event => {
        // With Ctrl it is the browser that zooms.
        if (event.ctrlKey || event.metaKey || event.altKey || keys[event.key] === undefined) return;
        event.preventDefault();
        keys[event.key]?.();
      },
      ...useDrag(element),
    },
  };
}

/** Keeps a point of the drawing where it is while the scale changes; the middle of the frame unless another is named. */
function useStillPoint(
  element: HTMLDivElement | null,
  scale: number,
): (at?: { x: number; y: number } | undefined) => void {
  const kept = useRef<{ x: number; y: number; scale: number }>(undefined);
  const last = useRef(scale);
  useLayoutEffect(() => {
    const point = kept.current;
    kept.current = undefined;
    last.current = scale;
    if (element === null || point === undefined) return;
    const grown = scale / point.scale;
    element.scrollLeft = (element.scrollLeft + point.x) * grown - point.x;
    element.scrollTop = (element.scrollTop + point.y) * grown - point.y;
  }, [element, scale]);
  return useCallback(
    at => {
      if (element === null) return;
      const middle = { x: element.clientWidth / 2, y: element.clientHeight / 2 };
      kept.current = { ...(at ?? middle), scale: last.current };
    },
    [element],
  );
}

/** A wheel with Ctrl zooms at the pointer. React listens to wheels without a say in what the browser does. */
function useWheel(
  element: HTMLDivElement | null,
  zoomTo: (change: (scale: number) => number, at: { x: number; y: number }) => void,
): void {
  useEffect(() => {
    if (element === null) return undefined;
    const turn = (event: WheelEvent): void => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const delta = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
      zoomTo(before => before * WHEEL_STEP ** -delta, { x: event.clientX - left, y: event.clientY - top });
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [element, zoomTo]);
}

/** Brings the state that matters into view: at first, and when it is another one. */
function useCentre(element: HTMLDivElement | null, layout: Layout, scale: number, room: number): void {
  const node = layout.nodes.find(one => one.standing === "current" || one.standing === "stuck");
  const now = useRef({ node, scale });
  now.current = { node, scale };
  useLayoutEffect(() => {
    const { node, scale } = now.current;
    if (element === null || room === 0 || node === undefined) return;
    element.scrollLeft = (node.x + node.width / 2) * scale - element.clientWidth / 2;
    element.scrollTop = (node.y + node.height / 2) * scale - element.clientHeight / 2;
  }, [element, room, node?.state, layout.width]);
}

/** A mouse or a pen drags the drawing; whoever dragged has not pressed a state. */
function useDrag(
  element: HTMLDivElement | null,
): Pick<View["frame"], "onPointerDown" | "onPointerMove" | "onPointerUp" | "onPointerCancel"> {
  const from = useRef<{ x: number; y: number; left: number; top: number; dragged: boolean }>(undefined);
  const end = (): void => {
    from.current = undefined;
    element?.removeAttribute("data-dragged");
  };
  return {
    onPointerDown: event => {
      if (element === null || event.pointerType === "touch" || event.button !== 0) return;
      const { scrollLeft: left, scrollTop: top } = element;
      from.current = { x: event.clientX, y: event.clientY, left, top, dragged: false };
    },
    onPointerMove: event => {
      const start = from.current;
      if (element === null || start === undefined) return;
      const [x, y] = [event.clientX - start.x, event.clientY - start.y];
      if (!start.dragged && Math.hypot(x, y) < DRAG_MIN) return;
      if (!start.dragged) {
        start.dragged = true;
        element.setPointerCapture(event.pointerId);
        element.setAttribute("data-dragged", "");
      }
      element.scrollLeft = start.left - x;
      element.scrollTop = start.top - y;
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}
