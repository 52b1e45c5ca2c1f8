import type { ReactNode } from "react";
import { Link } from "wouter";
import { Command } from "../components";
import { to } from "../routes";
import { anchorOf, plainOf, type Block, type Inline } from "./markdown";
import styles from "./Markdown.module.css";

/** A document as elements. Its first heading is the title of the page, and not drawn here. */
export function Markdown({ blocks }: { blocks: readonly Block[] }): ReactNode {
  return (
    <div className={styles["text"]}>
      {blocks.map((block, at) => (
        <Part key={at} block={block} />
      ))}
    </div>
  );
}

function Part({ block }: { block: Block }): ReactNode {
  switch (block.kind) {
    case "heading":
      return <Heading level={block.level} inside={block.inside} />;
    case "paragraph":
      return (
        <p>
          <Words inside={block.inside} />
        </p>
      );
    case "code":
      return <Command text={block.text.replace(/^\$ /gm, "")} />;
    case "list": {
      const items = block.items.map((inside, at) => (
        <li key={at}>
          <Words inside={inside} />
        </li>
      ));
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case "table":
      return (
        <div className="scroll-x" tabIndex={0} role="group" aria-label={block.head.map(plainOf).join(", ")}>
          <table>
            <thead>
              <tr>
                {block.head.map((inside, at) => (
                  <th key={at}>
                    <Words inside={inside} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row, at) => (
                <tr key={at}>
                  {row.map((inside, index) => (
                    <td key={index}>
                      <Words inside={inside} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
  }
}

function Heading({ level, inside }: { level: number; inside: readonly Inline[] }): ReactNode {
  const id = anchorOf(inside);
  if (level === 1) return null;
  return level === 2 ? (
    <h2 id={id}>
      <Words inside={inside} />
    </h2>
  ) : (
    <h3 id={id}>
      <Words inside={inside} />
    </h3>
  );
}

function Words({ inside }: { inside: readonly Inline[] }): ReactNode {
  return inside.map((part, at) => {
    switch (part.kind) {
      case "text":
        return part.text;
      case "code":
        return <code key={at}>{part.text}</code>;
      case "em":
        return (
          <em key={at}>
            <Words inside={part.inside} />
          </em>
        );
      case "strong":
        return (
          <b key={at}>
            <Words inside={part.inside} />
          </b>
        );
      case "link":
        return <Reference key={at} to={part.to} inside={part.inside} />;
    }
  });
}

/** To another of these pages, or to a heading of this one. Other documents are not in the app: their place is named. */
function Reference({ to: target, inside }: { to: string; inside: readonly Inline[] }): ReactNode {
  const words = <Words inside={inside} />;
  const page = /^([a-z_]+)\.md(#[\w-]*)?$/.exec(target);
  if (page !== null) return <Link href={`${to.error(page[1])}${page[2] ?? ""}`}>{words}</Link>;
  if (/^#[\w-]*$/.test(target)) return <a href={target}>{words}</a>;
  return (
    <>
      {words} (<code>{target.replace(/^(\.\.\/)+/, "docs/")}</code>)
    </>
  );
}
