import type { ReactNode } from "react";
import { useAnswer } from "../api/hooks";
import type { Fork, ForkBranch } from "../api/types";
import { Answer, Empty, Id, Panel, Said, Table, Tag, Time } from "../components";
import { plain } from "../lib/hostile";
import { shortId } from "../lib/ids";
import type { Party } from "../lib/names";
import { T, t, type Key } from "../messages";
import { Same } from "./Same";
import styles from "./Forks.module.css";

const QUESTIONS: Readonly<Record<string, Key>> = {
  abandoned: "chain.ask_abandoned",
  class: "chain.ask_class",
  entry: "chain.ask_entry",
  order: "chain.ask_order",
  receipts: "chain.ask_receipts",
  refused: "chain.ask_refused",
};

/** Where two or more were signed in the same moment, and how every node settled that alike. */
export function Forks({ contract, parties }: { contract: string; parties: readonly Party[] }): ReactNode {
  const path = `/v1/contracts/${contract}/forks`;
  const asked = useAnswer<{ forks: Fork[] }>(path, [`contract:${contract}`]);
  return (
    <Answer asked={asked} reading={<T k="chain.forksReading" />}>
      {({ forks }) =>
        forks.length === 0 ? (
          <Panel title={<T k="chain.forks" />} foot={<Same path={path} />}>
            <Empty>
              <T k="chain.forksNone" />
            </Empty>
          </Panel>
        ) : (
          <>
            {forks.map(fork => (
              <One key={`${fork.position}-${fork.parent}`} fork={fork} path={path} parties={parties} />
            ))}
          </>
        )
      }
    </Answer>
  );
}

function One({ fork, path, parties }: { fork: Fork; path: string; parties: readonly Party[] }): ReactNode {
  const rule = QUESTIONS[fork.rule];
  const first = givenUpFor(fork);
  return (
    <Panel
      title={<T k="chain.forkTitle" count={fork.branches.length} number={fork.position} />}
      aside={
        <Tag kind="good">
          <T k="chain.settled" />
        </Tag>
      }
      foot={<Same path={path} />}
    >
      <div className="stack">
        <p>
          <T k="chain.forkWhat" parent={<code>{shortId(fork.parent)}</code>} />{" "}
          {rule !== undefined && <T k="chain.forkRule" rule={<b>{t(rule)}</b>} />}{" "}
          {first !== undefined && <T k="chain.forkBefore" rule={<b>{t(first)}</b>} />}
        </p>
        <ul className={styles["branches"]}>
          {fork.branches.map(branch => (
            <Branch key={branch.entry} branch={branch} position={fork.position} parties={parties} />
          ))}
        </ul>
        {fork.questions.length > 0 && (
          <Table
            label={t("chain.questions")}
            rows={fork.questions}
            rowKey={question => question.question}
            chosen={question => question.decides}
            columns={[
              {
                head: t("chain.question"),
                cell: ({ question }) => {
                  const key = QUESTIONS[question];
                  return key === undefined ? <Said text={question} /> : <T k={key} />;
                },
              },
              ...fork.branches.map((branch, at) => ({
                head: `${at + 1}. ${plain(nameOf(branch), 32)}`,
                cell: ({ answers }: Fork["questions"][number]) => (
                  <code>
                    <Said text={answerText(answers[at] ?? "")} most={24} />
                  </code>
                ),
              })),
              {
                head: t("chain.answer"),
                cell: ({ answers, decides }) =>
                  decides ? (
                    <b className="nowrap">{t("chain.decides")}</b>
                  ) : (
                    <T k={answers.every(answer => answer === answers[0]) ? "chain.equal" : "chain.notAsked"} />
                  ),
              },
            ]}
          />
        )}
      </div>
    </Panel>
  );
}

/** `true` and `false` are said in words. */
function answerText(answer: string): string {
  return answer === "true" ? t("common.yes") : answer === "false" ? t("common.no") : shortId(answer);
}

/**
 * Whoever sees that the other branch goes first gives up its own place, and from then on that is what decides. This is
 * the question that came first for all, if it speaks for the branch that is kept.
 */
export function givenUpFor({ rule, questions }: Pick<Fork, "rule" | "questions">): Key | undefined {
  if (rule !== "abandoned") return undefined;
  const first = questions.find(
    ({ question, answers }) => question !== "abandoned" && answers.some(answer => answer !== answers[0]),
  );
  const [kept, ...others] = first?.answers ?? [];
  if (first === undefined || kept === undefined || others.some(other => !goesFirst(kept, other))) return undefined;
  return QUESTIONS[first.question];
}

/** Whether an answer is the smaller one; a class is a list of numbers. */
function goesFirst(one: string, other: string): boolean {
  if (!/^-?\d+ /.test(one)) return one < other;
  const [left, right] = [one.split(" ").map(Number), other.split(" ").map(Number)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at >= 0 && (left[at] ?? 0) < (right[at] ?? 0);
}

function nameOf(branch: ForkBranch): string {
  return branch.title ?? branch.kind;
}

function Branch({
  branch,
  position,
  parties,
}: {
  branch: ForkBranch;
  position: number;
  parties: readonly Party[];
}): ReactNode {
  const party = parties.find(one => one.id === branch.author) ?? parties.find(one => one.id === branch.appended_by);
  const name = (
    <b>
      <Said text={branch.author_name ?? party?.name ?? shortId(branch.author)} most={48} />
    </b>
  );
  return (
    <li className={branch.kept ? styles["kept"] : styles["left"]}>
      <span className="row spread">
        <b>
          <T k="common.number" number={position} /> <Said text={nameOf(branch)} most={60} />
        </b>
        <Tag kind={branch.kept ? "info" : "bad"}>
          <T k={branch.kept ? "chain.kept" : "chain.notKept"} />
        </Tag>
      </span>
      <span className="sm dim">
        <T k="chain.branchBy" who={name} time={<Time at={branch.time} />} /> <Id id={branch.entry} />
      </span>
      {!branch.kept && (
        <span className="sm wait">
          {branch.now_at === undefined ? (
            <T k="chain.noPlace" />
          ) : (
            <T k="chain.moved" number={t("common.number", { number: branch.now_at })} />
          )}
        </span>
      )}
    </li>
  );
}
