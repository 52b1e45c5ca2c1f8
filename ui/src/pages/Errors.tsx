import { useEffect, useState, type ReactNode } from "react";
import { Link } from "wouter";
import { Empty, Field, PageHead, Panel, PlainPage, Said, TextInput } from "../components";
import { Markdown } from "../errors/Markdown";
import { pageFor, search, type ErrorPage } from "../errors/pages";
import { T, t } from "../messages";
import { to, type PageProperties } from "../routes";

/** What a code means and what to do: without signing in, without the node. */
export default function Errors({ params }: PageProperties): ReactNode {
  const { code } = params;
  return (
    <PlainPage
      note={
        <Link href={to.inbox} className="no-print">
          <T k="errors.toApp" />
        </Link>
      }
    >
      {code === undefined ? <All /> : <One key={code} code={code} page={pageFor(code)} />}
    </PlainPage>
  );
}

function All(): ReactNode {
  const [words, setWords] = useState("");
  const found = search(words);
  return (
    <div className="stack stack-wide">
      <PageHead title={t("errors.title")} lead={<T k="errors.lead" />} />
      <Field label={<T k="errors.search" />} hint={<T k="errors.searchHint" />}>
        {tied => <TextInput tied={tied} type="search" value={words} onChange={setWords} spellCheck={false} />}
      </Field>
      <Panel
        title={<T k="errors.list" />}
        aside={
          <span role="status">
            <T k="errors.count" count={found.length} />
          </span>
        }
      >
        <ul className="list">
          {found.map(({ code, summary }) => (
            <li key={code}>
              <Link href={to.error(code)}>
                <code>{code}</code>
              </Link>
              <p className="dim">{summary}</p>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}

function One({ code, page }: { code: string; page: ErrorPage | undefined }): ReactNode {
  useEffect(() => {
    // The page came after the address: the browser has not found the heading. A finding of the check has one of its own.
    const name = location.hash.slice(1) || code.toLowerCase();
    document.getElementById(name)?.scrollIntoView();
  }, [code]);
  const crumb = { to: to.error(), text: <T k="errors.all" /> };
  if (page === undefined) {
    return (
      <div className="stack stack-wide">
        <PageHead title={t("errors.title")} crumb={crumb} />
        <Empty>
          <T k="errors.none" code={<Said text={code} most={80} />} />
        </Empty>
      </div>
    );
  }
  return (
    <div className="stack stack-wide">
      <PageHead title={page.title} crumb={crumb} />
      <Markdown blocks={page.blocks} />
    </div>
  );
}
