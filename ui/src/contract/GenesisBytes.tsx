// The genesis as it is signed, byte by byte (docs/spec/log.md, "Genesis").
import { Reader, encode, partyOf, toUtf8, writeMember, type Founding } from "@countersign/sdk";
import type { ReactNode } from "react";
import { ByteTable, Id, Said, Time } from "../components";
import { shortId } from "../lib/ids";
import { T, t } from "../messages";

const PURPOSE = "countersign/genesis/v1/sig";

/** What each stretch of the signed bytes means, and the charter that they commit to. */
export function GenesisBytes({
  founding,
  names,
}: {
  founding: Founding;
  names: ReadonlyMap<string, string>;
}): ReactNode {
  const { genesis, bytes } = founding;
  const purpose = toUtf8(PURPOSE);
  const input = new Reader(bytes);
  const take = (read: () => unknown): Uint8Array => {
    const start = input.position;
    read();
    return input.since(start);
  };
  const rows = [
    { name: t("action.bytePurpose"), meaning: PURPOSE, bytes: Uint8Array.from([purpose.length, ...purpose]) },
    {
      name: t("create.byteVersion"),
      meaning: t("create.byteVersionWhat"),
      bytes: take(() => {
        input.uint();
        input.uint();
      }),
    },
    { name: t("action.byte_nonce"), meaning: <T k="create.byteNonce" />, bytes: take(() => input.fixed(32)) },
    {
      name: t("create.byteMembers"),
      meaning: <T k="create.byteMembersCount" count={genesis.members.length} />,
      bytes: take(() => input.uint()),
    },
    ...genesis.members.map(member => {
      const party = partyOf(member);
      return {
        name: t("create.byteMember"),
        meaning: (
          <>
            <Said text={names.get(party) ?? shortId(party)} most={60} /> <Id id={party} />
          </>
        ),
        bytes: take(() => input.fixed(encode(out => writeMember(member, out)).length)),
      };
    }),
    { name: t("create.byteScenario"), meaning: <T k="create.byteScenarioWhat" />, bytes: take(() => input.fixed(32)) },
    {
      name: t("create.byteSettings"),
      meaning: (
        <T
          k="create.byteSettingsWhat"
          skew={Number(genesis.skew) / 60_000}
          retry={Number(genesis.retry) / 1_000}
          overlap={String(genesis.keyOverlap)}
          attachment={Number(genesis.payloadBytes >> 20n)}
        />
      ),
      bytes: take(() => Array.from({ length: 5 }, () => input.uint())),
    },
    { name: t("action.byte_payload"), meaning: <T k="create.bytePayload" />, bytes: take(() => input.fixed(32)) },
    {
      name: t("action.byte_time"),
      meaning: <Time at={new Date(genesis.time).toISOString()} />,
      bytes: take(() => input.int()),
    },
  ];
  return (
    <>
      <ByteTable rows={rows} />
      <p className="sm dim">
        <T k="create.charter" count={founding.charter.payload.length} />
      </p>
      <pre className="mono scroll-x sm" tabIndex={0}>
        <Said text={new TextDecoder().decode(founding.charter.payload)} most={4_000} />
      </pre>
    </>
  );
}
