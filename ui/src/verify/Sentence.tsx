// A sentence of the verifier as people read it: ids short, parties by what they play, times in words. Nothing is left
// out: what is short can be copied whole, and what others wrote shows what is invisible.
import type { ReactNode } from "react";
import { Id, Said } from "../components";
import { fullTime } from "../lib/time";
import { locale } from "../messages";

/** More than this of one sentence is not drawn: the report can be saved as a file. */
const WORDS_MAX = 2_000;
const MARKED =
  /((?:ctr|idn|stm|ent|scn)_[a-z2-7]{52}|key_[a-z2-7]{13}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|`[^`]{1,200}`)/;
const TIME = /^\d{4}-/;

const DECLARED = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "medium" });

/** A time in a report: always with its date, because a report is read another day. */
export function DeclaredTime({ at }: { at: string }): ReactNode {
  const time = new Date(at);
  return (
    <time className="num" dateTime={at} title={fullTime(at)}>
      {Number.isNaN(time.getTime()) ? at : DECLARED.format(time)}
    </time>
  );
}

export function Sentence({ text, names }: { text: string; names: ReadonlyMap<string, string> }): ReactNode {
  return text.split(MARKED).map((piece, at) => {
    if (at % 2 === 0) return piece === "" ? null : <Said key={at} text={piece} most={WORDS_MAX} />;
    if (TIME.test(piece)) return <DeclaredTime key={at} at={piece} />;
    if (piece.startsWith("`"))
      return (
        <code key={at}>
          <Said text={piece.slice(1, -1)} />
        </code>
      );
    const name = names.get(piece);
    return name === undefined ? (
      <Id key={at} id={piece} />
    ) : (
      <b key={at} title={piece}>
        <Said text={name} most={60} />
      </b>
    );
  });
}
