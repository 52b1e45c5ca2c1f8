// Numbers that are fixed, and proved without being shown (docs/spec/zero-knowledge.md). What is typed here stays here:
// it is neither sent nor kept.
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type ReactNode,
} from "react";
import type { ProofDemand } from "../api/types";
import { Button, Note, Said } from "../components";
import { TextInput, type Tied } from "../components/Form";
import { KeyGate, type Own } from "../keys/useVoice";
import { T, t } from "../messages";
import styles from "./Hidden.module.css";
import type { Draft, Schema } from "./schema";

/** Where something is fixed or proved, and with whose key. */
export interface Proving {
  contract: string;
  /** The path of the process. */
  process: string;
  party: string;
  action: string;
  response: string;
  /** What must be proved now, if anything. */
  demand: ProofDemand | undefined;
  own: Own;
}

/** Given around a form in which numbers can be fixed and proved. */
export const ProvingContext = createContext<Proving | undefined>(undefined);

/** The control of a commitment, a question or a proof. */
export function Hidden({
  onChange,
  ...field
}: {
  tied: Tied;
  schema: Schema;
  value: Draft;
  onChange: (value: Draft) => void;
}): ReactNode {
  const proving = useContext(ProvingContext);
  const place = { ...field, onChange: useLatest(onChange) };
  if (proving === undefined) return <PlainText {...place} />;
  switch (place.schema.format) {
    case "challenge":
      return <Question {...place} />;
    case "commitment":
      return <Fix {...place} proving={proving} />;
    default:
      return <Prove {...place} proving={proving} />;
  }
}

/** For an answer that comes later: it goes to the field as it stands by then, and nowhere once that is gone. */
function useLatest(onChange: (value: Draft) => void): (value: Draft) => void {
  const latest = useRef<typeof onChange>(undefined);
  useLayoutEffect(() => {
    latest.current = onChange;
    return () => {
      latest.current = undefined;
    };
  });
  return useCallback(value => latest.current?.(value), []);
}

/** Outside of a contract nothing can be fixed: what it would be is typed as it stands. */
function PlainText({
  tied,
  value,
  onChange,
}: {
  tied: Tied;
  value: Draft;
  onChange: (value: Draft) => void;
}): ReactNode {
  const text = typeof value === "string" ? value : "";
  return <TextInput tied={tied} value={text} onChange={typed => onChange(typed === "" ? undefined : typed)} mono />;
}

function Question({ value, onChange }: { value: Draft; onChange: (value: Draft) => void }): ReactNode {
  useEffect(() => {
    if (value !== undefined) return;
    let over = false;
    void import("@countersign/sdk/zero-knowledge").then(({ newChallenge }) => over || onChange(newChallenge()));
    return () => {
      over = true;
    };
    // Once: a question that stands is not asked anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return (
    <p className="dim">
      <T k="action.question" />
    </p>
  );
}

interface Secret {
  tied: Tied;
  schema: Schema;
  value: Draft;
  onChange: (value: Draft) => void;
  proving: Proving;
}

function Fix({ proving, onChange, schema, ...place }: Secret): ReactNode {
  const digits = schema["x-digits"] ?? 0;
  const fix = async (typed: string): Promise<string | undefined> => {
    const { commitmentText, deriveOpening, newSalt, readNumber } = await import("@countersign/sdk/zero-knowledge");
    const number = readNumber(typed, digits);
    if (number === undefined) return t("action.noNumber", { digits });
    const { signer } = await proving.own.speak();
    const { commitment } = await deriveOpening(signer, proving.contract, number, newSalt());
    onChange(commitmentText(commitment));
    return undefined;
  };
  return (
    <Entry
      {...place}
      own={proving.own}
      unit={schema["x-unit"]}
      done={<T k="action.fixed" />}
      button={<T k="action.fix" />}
      work={fix}
      onAgain={() => onChange(undefined)}
    />
  );
}

function Prove({ proving, onChange, schema, ...place }: Secret): ReactNode {
  const { demand } = proving;
  if (demand === undefined) {
    return (
      <Note kind="wait">
        <T k="action.nothingToProve" />
      </Note>
    );
  }
  const show = async (typed: string): Promise<string | undefined> => {
    const sdk = await import("@countersign/sdk/zero-knowledge");
    const number = sdk.readNumber(typed, demand.digits);
    if (number === undefined) return t("action.noNumber", { digits: demand.digits });
    const { signer } = await proving.own.speak();
    const commitment = sdk.readCommitment(demand.commitment);
    const challenge = sdk.readChallenge(demand.challenge);
    if (commitment === undefined || challenge === undefined) return t("action.nothingToProve");
    const opening = await sdk.deriveOpening(signer, proving.contract, number, commitment.salt);
    if (sdk.commitmentText(opening.commitment) !== demand.commitment) return t("action.otherNumber");
    const bound = (text: string | undefined) => (text === undefined ? undefined : sdk.readNumber(text, demand.digits));
    const claim = { min: bound(demand.min), max: bound(demand.max) };
    const { contract, process, party, action, response } = proving;
    const proof = sdk.prove({ contract, process, action, response, party, challenge }, claim, opening);
    if (proof === undefined) return t("action.notTrue", { claim: claimed(demand) });
    onChange(proof);
    return undefined;
  };
  return (
    <>
      <p>
        <T k="action.youProve" claim={<Said text={claimed(demand)} />} />
      </p>
      <Entry
        {...place}
        own={proving.own}
        unit={schema["x-unit"]}
        done={<T k="action.proved" claim={<Said text={claimed(demand)} />} />}
        button={<T k="action.prove" />}
        work={show}
        onAgain={() => onChange(undefined)}
      />
    </>
  );
}

/** A claim in words. */
function claimed({ min, max }: ProofDemand): string {
  if (min !== undefined && max !== undefined) return t("action.between", { min, max });
  if (min !== undefined) return t("action.atLeast", { min });
  return max === undefined ? t("action.isKnown") : t("action.atMost", { max });
}

/** A number to type, and what comes of it. */
function Entry({
  tied,
  value,
  own,
  unit,
  done,
  button,
  work,
  onAgain,
}: {
  tied: Tied;
  value: Draft;
  own: Own;
  unit: string | undefined;
  done: ReactNode;
  button: ReactNode;
  /** What is wrong, if something is. */
  work: (typed: string) => Promise<string | undefined>;
  onAgain: () => void;
}): ReactNode {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  if (value !== undefined) {
    return (
      <Note kind="good">
        {done}{" "}
        <Button kind="quiet" size="small" onClick={onAgain}>
          <T k="action.anotherNumber" />
        </Button>
      </Note>
    );
  }
  const start = (): void => {
    setBusy(true);
    setFault(undefined);
    work(typed)
      .then(found => (found === undefined ? setTyped("") : setFault(found)))
      .catch((error: unknown) => setFault(error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false));
  };
  return (
    <KeyGate own={own}>
      <div className={styles["entry"]}>
        <TextInput tied={tied} value={typed} onChange={setTyped} inputMode="decimal" placeholder="0" short />
        {unit !== undefined && <Said text={unit} most={12} />}
        <Button busy={busy} onClick={start}>
          {button}
        </Button>
      </div>
      {fault !== undefined && (
        <Note kind="bad" alert>
          <Said text={fault} most={300} />
        </Note>
      )}
    </KeyGate>
  );
}
