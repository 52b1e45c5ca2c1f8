import type { ReactNode } from "react";
import { Field, TextInput } from "../components";
import { T } from "../messages";

/** Asks for the passphrase that opens a key which is here already. */
export function PassphraseField({ value, onChange }: { value: string; onChange: (value: string) => void }): ReactNode {
  return (
    <Field label={<T k="signIn.passphrase" />}>
      {tied => (
        <TextInput tied={tied} type="password" autoComplete="current-password" value={value} onChange={onChange} />
      )}
    </Field>
  );
}
