import { fromBase32 } from "@countersign/sdk";
import { ProblemError } from "@countersign/sdk/api";
import { useState, type ReactNode } from "react";
import { everyPage, useReading, useSignedIn } from "../api/hooks";
import { client, store } from "../api/session";
import type { CheckReport, PeerView } from "../api/types";
import {
  Answer,
  Button,
  Command,
  DropZone,
  Empty,
  Field,
  Fingerprint,
  Note,
  Panel,
  Refused,
  Said,
  Table,
  TextInput,
  Time,
} from "../components";
import { T, t, type Key } from "../messages";
import styles from "./Node.module.css";

/** A card is small; a larger file is none. */
const CARD_BYTES_MAX = 64 * 1024;

/** The nodes that this one knows. */
export function Peers(): ReactNode {
  const asked = useReading("peers", ["node"], () =>
    everyPage("/v1/peers", (page: { peers: PeerView[]; next?: string }) => page.peers),
  );
  return (
    <Panel title={<T k="node.peers" />} foot={<Command text="countersign node peers" />}>
      <Answer asked={asked} reading={<T k="node.peersReading" />}>
        {peers =>
          peers.length === 0 ? (
            <Empty>
              <T k="node.peersNone" />
            </Empty>
          ) : (
            <Table
              label={t("node.peers")}
              rows={peers}
              rowKey={peer => peer.node_key}
              columns={[
                {
                  head: t("node.peerName"),
                  cell: peer => (peer.name === undefined ? "" : <Said text={peer.name} most={48} />),
                },
                {
                  head: t("node.peerSeen"),
                  cell: peer => (peer.last_seen === undefined ? "" : <Time at={peer.last_seen} />),
                },
                { head: t("node.peerChecked"), cell: peer => <Checked check={peer.check} /> },
                {
                  head: t("node.peerKey"),
                  cell: peer => <Fingerprint text={peer.node_key.slice(0, 16)} />,
                },
                {
                  head: t("node.peerUrls"),
                  cell: peer =>
                    peer.urls.length === 0 ? (
                      <T k="node.peerClosed" />
                    ) : (
                      <span className={styles["urls"]}>
                        {peer.urls.map(url => (
                          <code key={url}>
                            <Said text={url} most={120} />
                          </code>
                        ))}
                      </span>
                    ),
                },
              ]}
            />
          )
        }
      </Answer>
    </Panel>
  );
}

/** What the last check of the way found: its first fault. */
function Checked({ check }: { check: PeerView["check"] }): ReactNode {
  if (check === undefined) return null;
  const time = <Time at={check.time} />;
  if (check.good) return <T k="node.peerGood" time={time} />;
  const fault = check.findings.find(finding => finding.fault);
  return <T k="node.peerBad" what={<code>{fault?.code ?? ""}</code>} time={time} />;
}

/** Checks the way to a partner from both sides, and gets to know them: both by their card. */
export function Partner(): ReactNode {
  const { session } = useSignedIn();
  const [card, setCard] = useState("");
  const [busy, setBusy] = useState<"check" | "add">();
  const [told, setTold] = useState<CheckReport | "added" | ProblemError>();
  const given = card.replace(/\s+/g, "");
  const wrong = given !== "" && fromBase32(given) === undefined;
  const send = async (what: "check" | "add"): Promise<void> => {
    setBusy(what);
    setTold(undefined);
    try {
      const answer = await client.request("POST", what === "check" ? "/v1/check" : "/v1/peers", {
        body: { card: given },
      });
      setTold(what === "check" ? ((await answer.json()) as CheckReport) : "added");
      if (what === "add") store.touch("node");
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      setTold(error);
    } finally {
      setBusy(undefined);
    }
  };
  if (session.role !== "operator") {
    return (
      <Panel title={<T k="node.partner" />}>
        <p className="dim">
          <T k="node.operatorOnly" />
        </p>
      </Panel>
    );
  }
  return (
    <Panel title={<T k="node.partner" />} foot={<Command text="countersign node check CARD" />}>
      <div className="stack">
        <p>
          <T k="node.partnerWhat" />
        </p>
        <Field
          label={<T k="node.card" />}
          hint={<T k="node.cardWhat" />}
          fault={wrong ? <T k="node.cardWrong" /> : undefined}
        >
          {tied => <TextInput tied={tied} value={card} onChange={setCard} mono autoComplete="off" spellCheck={false} />}
        </Field>
        <DropZone
          onFiles={([file]) => {
            if (file !== undefined) void file.slice(0, CARD_BYTES_MAX).text().then(setCard);
          }}
        >
          <T k="node.cardDrop" />
        </DropZone>
        <p className="row">
          <Button
            kind="primary"
            disabled={given === "" || wrong || busy !== undefined}
            busy={busy === "check"}
            onClick={() => void send("check")}
          >
            <T k="node.check" />
          </Button>
          <Button
            disabled={given === "" || wrong || busy !== undefined}
            busy={busy === "add"}
            onClick={() => void send("add")}
          >
            <T k="node.add" />
          </Button>
        </p>
        {busy === "check" && (
          <p className="dim" role="status">
            <T k="node.checking" />
          </p>
        )}
        {told === "added" ? (
          <Note kind="good" alert>
            <T k="node.added" />
          </Note>
        ) : told instanceof ProblemError ? (
          <Refused refusal={told} />
        ) : (
          told !== undefined && <Found report={told} />
        )}
      </div>
    </Panel>
  );
}

/** What a finding is about, by its code. */
const ABOUT: readonly [RegExp, Key][] = [
  [/clock/, "node.aboutClock"],
  [/certificate|tls/, "node.aboutCertificate"],
  [/key/, "node.aboutKey"],
  [/record/, "node.aboutRecord"],
  [/called_back/, "node.aboutBack"],
  [/answered/, "node.aboutAnswer"],
];

function Found({ report }: { report: CheckReport }): ReactNode {
  return (
    <div className="stack" role="status">
      <Note kind={report.good ? "good" : "wait"}>
        <T k={report.good ? "node.checkGood" : "node.checkBad"} />
      </Note>
      <ul className="list">
        {report.findings.map((finding, at) => (
          <li key={at}>
            <b className={finding.fault ? "wait" : "good"}>
              <T k={ABOUT.find(([code]) => code.test(finding.code))?.[1] ?? "node.aboutWay"} />
            </b>
            {": "}
            <Said text={finding.detail} most={400} /> <code className="sm dim">{finding.code}</code>
            {finding.suggestion !== "" && (
              <p className="sm dim">
                <T k="node.todo" what={<Said text={finding.suggestion} most={400} />} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
