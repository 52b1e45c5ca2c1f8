import {
  canonicalText,
  checkDraft,
  ProblemError,
  signDraft,
  type CheckedDraft,
  type Json as Payload,
  type JsonObject,
} from "@countersign/sdk";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { useSignedIn } from "../api/hooks";
import { client, store } from "../api/session";
import type { ContractView, Foundation, InvitationView } from "../api/types";
import { Button, FieldSet, Loading, Panel, Refused, Said, SigningSheet } from "../components";
import { begin, faultsOf, isRecord, type Draft, type Schema } from "../form/schema";
import { SchemaForm } from "../form/SchemaForm";
import { KeyFault } from "../keys/KeyFault";
import { AdminGate, useAdmin } from "../keys/useAdmin";
import { parties } from "../lib/names";
import { T, t } from "../messages";
import { titleOf } from "./Scenario";
import { StatementBytes } from "./StatementBytes";

/** How long somebody may type on before the node is asked. */
const PAUSE_MS = 400;

function hasFields(schema: unknown): boolean {
  return Object.keys((schema as Schema).properties ?? {}).length > 0;
}

/** Own data of the offered actors, the `join` in words and bytes, and the signature of the admin key. */
export function SignJoin({
  view,
  invitation,
  inviter,
  roles,
  foundation,
}: {
  view: ContractView;
  invitation: InvitationView;
  inviter: string;
  roles: string;
  foundation?: Foundation;
}): ReactNode {
  const { node } = useSignedIn();
  const admin = useAdmin();
  const [data, setData] = useState<Record<string, Draft>>({});
  const [drafted, setDrafted] = useState<CheckedDraft>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [turn, setTurn] = useState(0);
  const asked = (foundation?.actors ?? []).filter(
    one => invitation.actors.includes(one.actor) && hasFields(one.schema),
  );
  const findings = asked.map(one => faultsOf(one.schema as Schema, data[one.actor] ?? begin(one.schema as Schema)));
  const ready = findings.every(found => found.length === 0);
  const body = useMemo(() => {
    const filled: Record<string, unknown> = {};
    for (const one of asked) filled[one.actor] = data[one.actor] ?? begin(one.schema as Schema) ?? {};
    return JSON.stringify(filled);
  }, [data, foundation, invitation.actors]);
  const key = admin.key?.key;
  useEffect(() => {
    setDrafted(undefined);
    if (!ready || key === undefined || admin.locked) return undefined;
    let over = false;
    const pause = setTimeout(() => {
      setFault(undefined);
      draft(view.contract, invitation.invitation, node.party, node.card, key, JSON.parse(body) as JsonObject)
        .then(found => over || setDrafted(found))
        .catch((error: unknown) => over || setFault(error));
    }, PAUSE_MS);
    return () => {
      over = true;
      clearTimeout(pause);
    };
  }, [ready, key, admin.locked, body, view.contract, invitation.invitation, node, turn]);
  const send = async (join: CheckedDraft): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      const signed = await signDraft(join, await admin.speak());
      const answered = await client.post("/v1/contracts/{contract}/join", {
        path: { contract: view.contract },
        body: signed.request,
      });
      if (answered.invitation !== invitation.invitation) {
        throw new ProblemError(500, "other_statement", "the node answered for another statement");
      }
      store.touch(`contract:${view.contract}`, `entries:${view.contract}`, "contracts");
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  const party = <Said text={node.name} most={60} />;
  return (
    <>
      {asked.length > 0 && (
        <Panel title={<T k="join.data" />}>
          {asked.map((one, at) => (
            <FieldSet key={one.actor} legend={<Said text={titleOf(foundation, one.actor)} most={80} />}>
              <SchemaForm
                schema={one.schema as Schema}
                value={data[one.actor] ?? begin(one.schema as Schema)}
                onChange={value => setData(before => ({ ...before, [one.actor]: value }))}
                parties={parties(view).map(found => ({ id: found.id, name: found.name }))}
                findings={findings[at] ?? []}
                everything={false}
              />
            </FieldSet>
          ))}
        </Panel>
      )}
      <Panel title={<T k="join.signTitle" />}>
        <div className="stack stack-wide">
          <SigningSheet foot={<T k="join.sheetFoot" party={party} />}>
            <p>
              <T
                k="join.sheet"
                party={party}
                title={<Said text={view.title} most={120} />}
                roles={<Said text={roles} most={120} />}
                inviter={<Said text={inviter} most={80} />}
                number={t("common.number", { number: view.position })}
              />
            </p>
          </SigningSheet>
          <AdminGate admin={admin} command={`countersign contract join ${view.contract}`}>
            {fault instanceof ProblemError ? (
              <Refused refusal={fault} again={() => setTurn(count => count + 1)} />
            ) : (
              <KeyFault fault={fault} />
            )}
            <p>
              <Button
                kind="primary"
                size="big"
                busy={busy}
                disabled={drafted === undefined}
                onClick={() => drafted !== undefined && void send(drafted)}
              >
                <T k="join.sign" party={party} />
              </Button>
            </p>
            {drafted === undefined && fault === undefined && ready && <Loading what={<T k="action.drafting" />} />}
            {drafted !== undefined && (
              <details>
                <summary>
                  <b>
                    <T k="action.bytes" />
                  </b>{" "}
                  <span className="sm dim">
                    <T k="action.bytesCount" count={drafted.bytes.length} />
                  </span>
                </summary>
                <StatementBytes draft={drafted} title={view.title} />
              </details>
            )}
          </AdminGate>
        </div>
      </Panel>
    </>
  );
}

/** Has the `join` drafted, and compares it: this invitation, this party's card, this data. */
async function draft(
  contract: string,
  invitation: string,
  party: string,
  card: string,
  key: string,
  data: JsonObject,
): Promise<CheckedDraft> {
  const prepared = await client.post("/v1/contracts/{contract}/join/prepare", {
    path: { contract },
    body: { key, data },
  });
  const says = (payload: JsonObject): boolean =>
    payload["invitation"] === invitation &&
    payload["member"] === card &&
    same(payload["data"], data) &&
    Object.keys(payload).length === 5;
  return checkDraft(prepared, { contract, author: party, key, kind: "join", payload: says });
}

function same(one: Payload | undefined, other: JsonObject): boolean {
  return one !== undefined && isRecord(one) && canonicalText(one as Payload) === canonicalText(other);
}
