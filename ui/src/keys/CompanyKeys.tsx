import { useEffect, useState, type ReactNode } from "react";
import { Button, Id, Monogram, Said } from "../components";
import { useObserved } from "../lib/observed";
import { T } from "../messages";
import { companyKeys, forgetCompanyKey, loadCompanyKeys, type CompanyKey } from "./company";
import { ForgetKey } from "./ForgetKey";

/** The admin keys that this browser holds; nothing if it holds none. */
export function CompanyKeys(): ReactNode {
  const held = useObserved(companyKeys);
  useEffect(() => {
    if (companyKeys.get() === undefined) void loadCompanyKeys();
  }, []);
  if (held === undefined || held.length === 0) return null;
  return (
    <ul className="list">
      {held.map(key => (
        <li key={key.key}>
          <Row held={key} />
        </li>
      ))}
    </ul>
  );
}

function Row({ held }: { held: CompanyKey }): ReactNode {
  const [sure, setSure] = useState(false);
  return (
    <div className="stack">
      <div className="row spread">
        <span className="row">
          <Monogram name={held.name} size="large" />
          <span>
            <b>
              <Said text={held.name} most={60} />
            </b>
            <br />
            <span className="sm dim">
              <T k="keys.adminKey" /> <Id id={held.key} />
            </span>
          </span>
        </span>
        <Button size="small" onClick={() => setSure(true)}>
          <T k="settings.forget" />
        </Button>
      </div>
      {sure && <ForgetKey onForget={() => void forgetCompanyKey(held.key)} onClose={() => setSure(false)} />}
    </div>
  );
}
