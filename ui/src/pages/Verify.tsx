import type { ReactNode } from "react";
import { Link } from "wouter";
import { Panel, PlainPage } from "../components";
import { T } from "../messages";
import { spawn } from "../verify/spawn";
import { Verifier } from "../verify/Verifier";

/** Checks proofs in this browser: without signing in, without the node. */
export default function Verify(): ReactNode {
  return (
    <PlainPage
      note={
        <>
          <T k="verify.note" />{" "}
          <Link href="/" className="no-print">
            <T k="verify.toApp" />
          </Link>
        </>
      }
    >
      <Verifier
        spawn={spawn}
        aside={
          <Panel title={<T k="verify.download" />}>
            <p>
              <T k="verify.downloadWhat" />
            </p>
            <p>
              <a href={`${import.meta.env.BASE_URL}countersign-verifier.html`} download>
                <T k="verify.downloadLink" />
              </a>
            </p>
          </Panel>
        }
      />
    </PlainPage>
  );
}
