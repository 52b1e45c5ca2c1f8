import { useState, type FormEvent, type ReactNode } from "react";
import { Button, DropZone, Field, Note, Said, TextInput } from "../components";
import { T } from "../messages";
import { keepCompanyKeys } from "./company";
import { KeyFault } from "./KeyFault";
import { fromFile, keep } from "./vault";

/** Takes the persons and the admin keys of a key file into this browser, each sealed with the passphrase of the file. */
export function ImportKeys(): ReactNode {
  const [file, setFile] = useState<File>();
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [count, setCount] = useState<number>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (file === undefined) return;
    setBusy(true);
    setFault(undefined);
    read(file, passphrase)
      .then(imported => {
        setCount(imported);
        setFile(undefined);
        setPassphrase("");
      })
      .catch((error: unknown) => setFault(error))
      .finally(() => setBusy(false));
  };
  return (
    <form className="stack" onSubmit={submit}>
      <DropZone
        onFiles={files => {
          setFile(files[0]);
          setCount(undefined);
        }}
      >
        {file === undefined ? <T k="settings.importDrop" /> : <Said text={file.name} />}
      </DropZone>
      {file !== undefined && (
        <>
          <Field label={<T k="settings.importPassphrase" />}>
            {tied => (
              <TextInput tied={tied} type="password" autoComplete="off" value={passphrase} onChange={setPassphrase} />
            )}
          </Field>
          <p>
            <Button type="submit" busy={busy}>
              <T k="settings.import" />
            </Button>
          </p>
        </>
      )}
      <KeyFault fault={fault} />
      {count !== undefined && (
        <Note kind={count === 0 ? "wait" : "good"}>
          {count === 0 ? <T k="settings.importNone" /> : <T k="settings.imported" count={count} />}
        </Note>
      )}
    </form>
  );
}

async function read(file: File, passphrase: string): Promise<number> {
  const { openKeystore } = await import("@countersign/sdk/keystore");
  const keys = await openKeystore(new Uint8Array(await file.arrayBuffer()), passphrase);
  const found = await fromFile(keys, passphrase);
  for (const identity of found) await keep(identity);
  return found.length + (await keepCompanyKeys(keys, passphrase));
}
