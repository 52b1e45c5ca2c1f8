import type { ReactNode } from "react";
import { useDoing } from "../api/hooks";
import { client } from "../api/session";
import type { ContractView, OpenAction, Process } from "../api/types";
import { Button, ButtonLink, Refused, Said, Time } from "../components";
import { listed, type Party } from "../lib/names";
import { T, t, type Key } from "../messages";
import { MAIN, processOf } from "./processes";
import { hasPage, to } from "../routes";
import styles from "./Turn.module.css";

const ENDINGS: Readonly<Record<NonNullable<Process["outcome"]>, Key>> = {
  success: "contract.overSuccess",
  failure: "contract.overFailure",
  cancelled: "contract.overCancelled",
};

/** Whose turn it is, in words, with the one button. */
export function Turn({ view, parties }: { view: ContractView; parties: readonly Party[] }): ReactNode {
  if (view.status === "offered") return <Offered contract={view.contract} />;
  if (view.status === "invited")
    return <Banner title={<T k="contract.invitedBanner" />} rest={<T k="contract.invitedWhat" />} />;
  const process = view.process;
  if (process === undefined) return <Banner title={<T k="contract.notStarted" />} />;
  if (process.outcome !== undefined) {
    const state = (
      <>
        <Said text={process.title} /> (<T k={ENDINGS[process.outcome]} />)
      </>
    );
    return (
      <Banner
        title={<T k="contract.over" state={state} />}
        rest={<T k="contract.overSince" time={<Time at={process.entered} />} />}
      />
    );
  }
  const due = process.timers.find(timer => (timer.process ?? MAIN) === MAIN)?.due;
  const own = new Set(view.members.find(member => member.own)?.actors);
  const open = Object.entries(process.open).filter(([, actions]) => actions.length > 0);
  const mine = open
    .filter(([actor]) => own.has(actor))
    .flatMap(([actor, actions]) => actions.map(action => ({ actor, action })));
  return (
    <Banner
      title={
        mine.length > 0 ? (
          <>
            <T k="contract.yourTurn" />{" "}
            <span className={styles["state"]}>
              <T k="contract.state" state={<Said text={process.title} />} />
            </span>
          </>
        ) : (
          <>
            <Theirs view={view} parties={parties} open={open} />{" "}
            <span className={styles["state"]}>
              <T k="contract.state" state={<Said text={process.title} />} />
            </span>
          </>
        )
      }
      rest={
        <>
          <T k="contract.since" time={<Time at={process.entered} />} />{" "}
          {due !== undefined && <T k="contract.timer" time={<Time at={due} />} />}
        </>
      }
      buttons={mine.map(({ actor, action }, at) => (
        <Act
          key={`${action.process ?? ""} ${actor} ${action.role ?? ""} ${action.action}`}
          view={view}
          actor={actor}
          action={action}
          several={mine.some(({ action: other }) => other.action === action.action && other !== action)}
          alike={mine.some(({ action: other }) => isAlike(other, action))}
          primary={at === 0}
        />
      ))}
    />
  );
}

function Theirs({
  view,
  parties,
  open,
}: {
  view: ContractView;
  parties: readonly Party[];
  open: [string, OpenAction[]][];
}): ReactNode {
  const actors = new Set(open.map(([actor]) => actor));
  const names = parties.filter(party =>
    view.members.some(member => member.party === party.id && member.actors.some(actor => actors.has(actor))),
  );
  const missing = view.open_roles?.filter(role => role.waits) ?? [];
  if (open.length === 0 && missing.length > 0)
    return <T k="contract.missing" who={<Said text={listed(missing.map(role => role.title))} />} />;
  if (open.length === 0) return <T k="contract.waitsNobody" />;
  const who = listed(names.length > 0 ? names.map(party => party.name) : [...actors]);
  return <T k="contract.theirTurn" who={<Said text={who} />} />;
}

/** Whether two are the same action of one process, open to two of its actors. */
function isAlike(one: OpenAction, other: OpenAction): boolean {
  return one.action === other.action && one.process === other.process && one.role !== other.role;
}

/** `several`: it is open more than once, so the button says in which process; `alike`: and as which actor of that. */
function Act({
  view,
  actor,
  action,
  several,
  alike,
  primary,
}: {
  view: ContractView;
  actor: string;
  action: OpenAction;
  several: boolean;
  alike: boolean;
  primary: boolean;
}): ReactNode {
  if (!hasPage("Action")) return null;
  const process = action.process === MAIN ? undefined : action.process;
  const title = <Said text={action.title} most={48} />;
  const place = several ? processOf(view, process) : undefined;
  const within = place !== undefined && alike ? t("process.as", { process: place, actor: action.role ?? "" }) : place;
  return (
    <ButtonLink
      to={to.act(view.contract, actor, action.action, process, action.role)}
      kind={primary ? "primary" : "plain"}
      size="big"
    >
      <span>
        {within === undefined ? title : <T k="process.of" action={title} process={<Said text={within} most={48} />} />}
      </span>
    </ButtonLink>
  );
}

function Offered({ contract }: { contract: string }): ReactNode {
  const { busy, refusal, act } = useDoing();
  const topics = [`contract:${contract}`, `entries:${contract}`, "contracts", "inbox", "waiting"] as const;
  const accept = (): void => {
    const path = { contract };
    void act("accept", () => client.post("/v1/contracts/{contract}/accept", { path }), ...topics);
  };
  return (
    <>
      <Banner
        title={<T k="contract.offeredBanner" />}
        rest={<T k="contract.accepting" />}
        buttons={
          <Button kind="primary" size="big" busy={busy !== undefined} onClick={accept}>
            {t("contract.accept")}
          </Button>
        }
      />
      {refusal !== undefined && <Refused refusal={refusal} again={accept} />}
    </>
  );
}

function Banner({ title, rest, buttons }: { title: ReactNode; rest?: ReactNode; buttons?: ReactNode }): ReactNode {
  return (
    <div className={styles["turn"]}>
      <div>
        <p className={styles["title"]}>{title}</p>
        {rest !== undefined && <p className="dim">{rest}</p>}
      </div>
      {buttons !== undefined && <div className={`${styles["buttons"]} no-print`}>{buttons}</div>}
    </div>
  );
}
