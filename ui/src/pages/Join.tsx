import { ProblemError } from "@countersign/sdk/api";
import { useEffect, useState, type FormEvent, type ReactNode } from "react";
import { useLocation, useSearch } from "wouter";
import { everyPage, useAnswer, useContract, useContracts, useReading, useSignedIn } from "../api/hooks";
import { client, store } from "../api/session";
import type { CheckReport, ContractView, Entry, InvitationView, Invited, LogPage } from "../api/types";
import {
  Answer,
  Button,
  ButtonLink,
  Field,
  Id,
  KeyValue,
  Loading,
  Note,
  PageHead,
  Panel,
  Refused,
  Said,
  TextInput,
  Time,
} from "../components";
import { SignJoin } from "../contract/SignJoin";
import { askedOf, DrawnScenario, titleOf, useFounded } from "../contract/Scenario";
import { FourWords } from "../contract/Words";
import { useWritten, WrittenPanel } from "../contract/Written";
import { isRecord } from "../form/schema";
import { shortId } from "../lib/ids";
import { parties } from "../lib/names";
import { T, t } from "../messages";
import { to } from "../routes";
import styles from "./Join.module.css";

/** Where the card and the address of an inviter stay while the tab is open: what a link says, without its secret. */
const FOLLOWED = "countersign.followed.";

/** Looks at a contract by the link of an invitation, and joins it. */
export default function Join(): ReactNode {
  const contract = new URLSearchParams(useSearch()).get("contract") ?? undefined;
  return contract === undefined ? <Follow /> : <Offered contract={contract} />;
}

/** The link of the fragment: the whole of it, or only what stands behind its `#`. */
export function linkOf(fragment: string): string | undefined {
  const text = decoded(fragment.replace(/^#/, "")).trim();
  if (text === "") return undefined;
  return text.includes("#") ? text : `https://invitation/join#${text}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** The link of the address until the page stands: a rendering may be thrown away after the address was cleaned. */
let pending: string | undefined;

/** Takes the secret out of the address as soon as it was read. */
function takeLink(): string | undefined {
  const link = linkOf(location.hash);
  if (link !== undefined) {
    pending = link;
    history.replaceState(null, "", location.pathname + location.search);
  }
  return pending;
}

function Follow(): ReactNode {
  const [, go] = useLocation();
  const [given] = useState(takeLink);
  useEffect(() => {
    pending = undefined;
  }, []);
  const [link, setLink] = useState("");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<ProblemError>();
  const follow = (text: string): void => {
    setBusy(true);
    setRefusal(undefined);
    client
      .request("POST", "/v1/join", { body: { link: text } })
      .then(async answer => {
        const invited = (await answer.json()) as Invited;
        sessionStorage.setItem(FOLLOWED + invited.contract, JSON.stringify(invited));
        store.touch("contracts");
        go(to.join(invited.contract));
      })
      .catch((error: unknown) => error instanceof ProblemError && setRefusal(error))
      .finally(() => setBusy(false));
  };
  useEffect(() => {
    if (given !== undefined) follow(given);
  }, [given]);
  return (
    <>
      <PageHead title={t("join.title")} lead={<T k="join.lead" />} />
      <div className="stack stack-wide">
        <Panel>
          <form
            className="stack"
            onSubmit={(event: FormEvent) => {
              event.preventDefault();
              follow(link.trim());
            }}
          >
            <Field label={<T k="join.byLink" />} hint={<T k="join.byLinkHint" />}>
              {tied => (
                <TextInput tied={tied} mono value={link} onChange={setLink} autoComplete="off" spellCheck={false} />
              )}
            </Field>
            <p>
              <Button type="submit" kind="primary" busy={busy} disabled={link.trim() === ""}>
                <T k="join.follow" />
              </Button>
            </p>
            {busy && <Loading what={<T k="join.following" />} />}
            {refusal !== undefined && <Refused refusal={refusal} />}
          </form>
        </Panel>
        <Others />
      </div>
    </>
  );
}

/** Contracts that were looked at and not joined yet. */
function Others(): ReactNode {
  const asked = useContracts();
  const open = (asked.data ?? []).filter(contract => contract.status === "invited");
  if (open.length === 0) return null;
  return (
    <Panel title={<T k="join.open" />}>
      <ul className="list">
        {open.map(contract => (
          <li key={contract.contract}>
            <ButtonLink kind="quiet" to={to.join(contract.contract)}>
              <Said text={contract.title} most={80} />
            </ButtonLink>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Offered({ contract }: { contract: string }): ReactNode {
  const view = useContract(contract);
  const list = useAnswer<{ invitations: InvitationView[] }>(`/v1/contracts/${contract}/invitations`, [
    `contract:${contract}`,
  ]);
  return (
    <Answer asked={view} reading={<T k="join.reading" />}>
      {found => (
        <Answer asked={list} reading={<T k="join.reading" />}>
          {({ invitations }) => <Invitation view={found} invitations={invitations} />}
        </Answer>
      )}
    </Answer>
  );
}

function followed(contract: string): Invited | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(FOLLOWED + contract) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** The invitation that this party follows: the one that it joined by, the one of the link, or the only open one. */
function ownInvitation(
  view: ContractView,
  invitations: readonly InvitationView[],
  party: string,
): InvitationView | undefined {
  const joined = invitations.find(one => one.joiner === party);
  if (joined !== undefined) return joined;
  const linked = followed(view.contract)?.invitation;
  const open = invitations.filter(one => one.state === "open" && (linked === undefined || one.invitation === linked));
  return open.length === 1 ? open[0] : undefined;
}

function Invitation({ view, invitations }: { view: ContractView; invitations: readonly InvitationView[] }): ReactNode {
  const { node } = useSignedIn();
  const founded = useFounded(view.contract);
  const written = useWritten(view.contract);
  const [last, setLast] = useState<InvitationView>();
  const now = ownInvitation(view, invitations, node.party);
  useEffect(() => {
    if (now !== undefined) setLast(now);
  }, [now]);
  const invitation = now ?? last;
  const foundation = founded.data?.foundation;
  const members = parties(view);
  const link = followed(view.contract);
  const inviterId = invitation?.inviter ?? link?.inviter;
  const inviter = members.find(party => party.id === inviterId)?.name ?? shortId(inviterId ?? "");
  const actors = invitation?.actors ?? view.members.find(member => member.own)?.actors ?? link?.actors ?? [];
  const roles = actors.map(actor => titleOf(foundation, actor)).join(", ");
  const step = view.status === "active" ? STEPS.length + 1 : invitation?.joiner === node.party ? STEPS.length : 1;
  return (
    <>
      <Steps now={step} />
      <p className="dim">
        <T k="join.invites" inviter={<Said text={inviter} most={80} />} party={<Said text={node.name} most={60} />} />
      </p>
      <PageHead said={view.title} lead={<T k="join.role" roles={<Said text={roles} most={120} />} />} />
      <div className={styles["halves"]}>
        <div className="stack stack-wide">
          {view.status === "active" ? (
            <Note kind="good" alert title={<T k="join.inContract" />}>
              <p>
                <T k="join.inContractWhat" inviter={<Said text={inviter} most={80} />} />
              </p>
              <ButtonLink kind="primary" to={to.contract(view.contract)}>
                <T k="join.toContract" />
              </ButtonLink>
            </Note>
          ) : invitation?.joiner === node.party ? (
            <>
              <Joined view={view} invitation={invitation} inviter={inviter} />
              <Way card={link?.inviter_card} />
            </>
          ) : (
            <Note title={<T k="join.nothingMade" />}>
              <T k="join.nothingMadeWhat" />
            </Note>
          )}
          {foundation !== undefined && <AskedOf asked={askedOf(foundation, actors)} />}
          <WrittenPanel asked={written} />
          {view.status !== "active" && invitation?.state === "open" && (
            <>
              <Way card={link?.inviter_card} />
              <SignJoin
                view={view}
                invitation={invitation}
                inviter={inviter}
                roles={roles}
                {...(foundation === undefined ? {} : { foundation })}
              />
            </>
          )}
        </div>
        <aside className="stack stack-wide">
          <Panel title={<T k="join.really" inviter={<Said text={inviter} most={60} />} />}>
            <div className="stack">
              <p>
                <T k="join.reallyWhat" />
              </p>
              <KeyValue
                rows={[
                  ...(inviterId === undefined ? [] : [[<T k="join.theirId" />, <Id id={inviterId} />] as const]),
                  ...(link === undefined || link.inviter_urls.length === 0
                    ? []
                    : [
                        [
                          <T k="join.theirNode" />,
                          <span className="mono">
                            <Said text={link.inviter_urls.join(", ")} most={200} />
                          </span>,
                        ] as const,
                      ]),
                ]}
              />
            </div>
          </Panel>
          {foundation !== undefined && (
            <DrawnScenario
              foundation={foundation}
              title={<T k="join.part" />}
              you={actors}
              current={view.process?.state}
            />
          )}
          <Panel title={<T k="join.seesTitle" />}>
            <KeyValue
              rows={[
                [<T k="join.seesYou" />, <T k="join.seesYouWhat" />],
                [<T k="join.seesThey" />, <T k="join.seesTheyWhat" />],
                [<T k="join.seesNobody" />, <T k="join.seesNobodyWhat" />],
              ]}
            />
          </Panel>
        </aside>
      </div>
    </>
  );
}

const STEPS = ["join.stepLook", "join.stepCheck", "join.stepSign", "join.stepCompare"] as const;

function Steps({ now }: { now: number }): ReactNode {
  return (
    <ol className={styles["steps"]} aria-label={t("join.steps")}>
      {STEPS.map((step, at) => (
        <li key={step} aria-current={at + 1 === now ? "step" : undefined}>
          {at + 1}. <T k={step} />
        </li>
      ))}
    </ol>
  );
}

function AskedOf({ asked }: { asked: { action: string; title: string; binds: boolean }[] }): ReactNode {
  const part = (binds: boolean): ReactNode => {
    const some = asked.filter(one => one.binds === binds);
    if (some.length === 0) return null;
    return (
      <div>
        <p className="dim sm">
          <T k={binds ? "join.askedBind" : "join.askedInform"} />
        </p>
        <ul className="words">
          {some.map(one => (
            <li key={one.action}>
              <Said text={one.title} most={120} />
            </li>
          ))}
        </ul>
      </div>
    );
  };
  return (
    <Panel title={<T k="join.asked" />}>
      {asked.length === 0 ? (
        <p>
          <T k="join.askedNothing" />
        </p>
      ) : (
        <div className="stack">
          {part(true)}
          {part(false)}
        </div>
      )}
    </Panel>
  );
}

/** Their node does not call back a node that it does not know yet: before the `join` that is as it should be. */
const NOT_CALLED_BACK = "not_called_back";

/** The two-sided check of the way to the inviter. */
function Way({ card }: { card: string | undefined }): ReactNode {
  const { session } = useSignedIn();
  const [busy, setBusy] = useState(false);
  const [report, setReport] = useState<CheckReport>();
  const [refusal, setRefusal] = useState<ProblemError>();
  const stranger = report?.findings.some(finding => finding.code === NOT_CALLED_BACK) === true;
  const run = (): void => {
    setBusy(true);
    setRefusal(undefined);
    client
      .request("POST", "/v1/check", { body: { card } })
      .then(async answer => setReport((await answer.json()) as CheckReport))
      .catch((error: unknown) => error instanceof ProblemError && setRefusal(error))
      .finally(() => setBusy(false));
  };
  return (
    <Panel title={<T k="join.check" />} aside={<T k="join.checkAside" />}>
      <div className="stack">
        {session.role !== "operator" ? (
          <p>
            <T k="join.checkNeedsOperator" />
          </p>
        ) : card === undefined || card === "" ? (
          <p>
            <T k="join.checkUnknown" />
          </p>
        ) : (
          <>
            <p>
              <T k="join.checkWhat" />
            </p>
            <p>
              <Button busy={busy} onClick={run}>
                <T k="join.checkRun" />
              </Button>
            </p>
          </>
        )}
        {report?.good === true && (
          <Note kind="good" alert>
            <T k="join.checkGood" />
          </Note>
        )}
        {stranger && (
          <Note kind="wait" alert>
            <T k="join.checkStranger" />
          </Note>
        )}
        {(report?.findings ?? [])
          .filter(finding => finding.fault && finding.code !== NOT_CALLED_BACK)
          .map((finding, at) => (
            <Note key={at} kind="bad">
              <p>
                <Said text={finding.detail} most={400} />
              </p>
              <p className="sm">
                <Said text={finding.suggestion} most={400} />
              </p>
            </Note>
          ))}
        {refusal !== undefined && <Refused refusal={refusal} again={run} />}
      </div>
    </Panel>
  );
}

/** The `join` stands at the inviter's node: words to compare, and who is waited for since when. */
function Joined({
  view,
  invitation,
  inviter,
}: {
  view: ContractView;
  invitation: InvitationView;
  inviter: string;
}): ReactNode {
  const log = useReading(`joined:${view.contract}`, [`contract:${view.contract}`], () =>
    everyPage(`/v1/contracts/${view.contract}/log`, (page: LogPage) => page.entries),
  );
  const entry = log.data?.find(
    (one: Entry) => one.kind === "join" && isRecord(one.payload) && one.payload["invitation"] === invitation.invitation,
  );
  const who = <Said text={inviter} most={80} />;
  return (
    <Panel title={<T k="join.joined" />}>
      <div className="stack">
        {invitation.words === undefined ? (
          <p>
            <T k="join.joinedWords" />
          </p>
        ) : (
          <>
            <p>
              <T k="join.joinedWhat" inviter={who} />
            </p>
            <FourWords words={invitation.words} />
          </>
        )}
        <p className="wait" role="status">
          {entry === undefined ? (
            <T k="join.waiting" inviter={who} />
          ) : (
            <T k="join.waitingSince" inviter={who} time={<Time at={entry.time} />} />
          )}
        </p>
      </div>
    </Panel>
  );
}
