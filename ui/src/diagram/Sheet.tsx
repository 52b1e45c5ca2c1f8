import { memo, type ReactNode } from "react";
import type { Box, Diagram, Layout, Text } from "./types";
import styles from "./Diagram.module.css";

type Node = Layout["nodes"][number];

/** Everything that is drawn. It stays as it is while the view of it is moved and zoomed. */
export const Sheet = memo(function Sheet({
  drawing,
  layout,
  onState,
  chosen,
}: {
  drawing: Diagram;
  layout: Layout;
  onState: ((state: string) => void) | undefined;
  chosen: string | undefined;
}): ReactNode {
  const order = new Map(drawing.roles.map((role, at) => [role.actor, at]));
  const ends = new Set(drawing.states.filter(state => state.kind !== "state").map(state => state.state));
  return (
    <>
      {layout.nodes.map(node => (
        <g
          key={node.state}
          className={`${styles["node"]} ${styles[node.standing]} ${chosen === node.state ? styles["chosen"] : ""}`}
          {...(onState === undefined ? {} : pressable(() => onState(node.state)))}
        >
          {node.standing === "current" && <rect className={styles["halo"]} {...grown(node, 4)} rx="10" />}
          <rect className={styles["state"]} {...grown(node, 0)} rx="7" />
          {ends.has(node.state) && <rect className={styles["end"]} {...grown(node, -4)} rx="4" />}
          <Chips chips={node.chips} order={order} />
          <Texts texts={node.texts} />
          {node.badge !== undefined && (
            <>
              <rect className={styles["badge"]} {...grown(node.badge, 0)} rx={node.badge.height / 2} />
              <Middle className={styles["badgeText"]} box={node.badge} text={node.badge.text} />
            </>
          )}
        </g>
      ))}
      {/* Above the boxes: the rim of the current state would hide the heads of arrows. */}
      <Lines layout={layout} />
    </>
  );
});

/** Who acts in a state, in the colours of their order. */
function Chips({ chips, order }: { chips: Node["chips"]; order: ReadonlyMap<string, number> }): ReactNode {
  return chips.map((chip, at) => (
    <g key={at} className={styles[`chip${((order.get(chip.actor ?? "") ?? 0) % 6) + 1}`]}>
      <rect className={styles["chip"]} {...grown(chip, 0)} rx="4" />
      <Middle className={styles["chipText"]} box={chip} text={`${chip.text} `} />
    </g>
  ));
}

/** Words in the middle of a box. */
function Middle({ className, box, text }: { className: string | undefined; box: Box; text: string }): ReactNode {
  return (
    <text className={className} x={box.x + box.width / 2} y={box.y + box.height / 2 + 4} textAnchor="middle">
      {text}
    </text>
  );
}

function grown({ x, y, width, height }: Box, by: number): Box {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}

/** Its name is what stands in it. */
function pressable(press: () => void): Record<string, unknown> {
  return {
    role: "button",
    tabIndex: 0,
    onClick: press,
    onKeyDown: (event: { key: string; preventDefault: () => void }) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      press();
    },
  };
}

function Lines({ layout }: { layout: Layout }): ReactNode {
  // What was taken lies above what was not.
  const weight: Readonly<Record<string, number>> = { rest: 0, next: 1, taken: 2, counterexample: 3 };
  const lines = [...layout.lines].sort((one, other) => (weight[one.standing] ?? 0) - (weight[other.standing] ?? 0));
  return lines.map((line, at) => (
    <g key={at} className={`${styles["line"]} ${styles[`line-${line.standing}`]}`}>
      <path className={styles["path"]} d={line.path} />
      <path className={styles["arrow"]} d={line.head} />
      <Texts texts={line.texts} />
      {line.marks.map((mark, index) => (
        <g key={index}>
          <circle className={styles["mark"]} cx={mark.x} cy={mark.y} r="9" />
          <text className={styles["markText"]} x={mark.x} y={mark.y + 4} textAnchor="middle">
            {mark.text}
          </text>
        </g>
      ))}
    </g>
  ));
}

function Texts({ texts }: { texts: readonly Text[] }): ReactNode {
  return texts.map((text, at) => (
    <text key={at} className={styles[text.kind]} x={text.x} y={text.y} textAnchor={text.anchor}>
      {/* The space parts the lines for whoever hears them. */ `${text.text} `}
    </text>
  ));
}
