import { useMemo, useState, type ReactNode } from "react";
import { useSignedIn } from "../api/hooks";
import { Button, Choice as Radio, FieldSet, Said } from "../components";
import { faultsOf, isRecord, type Draft } from "../form/schema";
import { SchemaForm } from "../form/SchemaForm";
import { plain } from "../lib/hostile";
import { T } from "../messages";
import { formOf, formsOf, sample, sampleFiles } from "./play";
import { isChosen, type Choice } from "./Steps";
import type { Moment, Run, Slot, Step } from "./types";

/** The form of an action as its actor will see it, filled in with values that fit. */
export function ActForm({
  run,
  moment,
  choice,
  onStep,
}: {
  run: Run;
  moment: Moment;
  choice: Choice;
  onStep: (step: Step) => void;
}): ReactNode {
  const { node } = useSignedIn();
  const forms = formsOf(run, choice);
  const open = moment.open.find(one => isChosen(one, choice));
  const responses = open?.responses ?? [];
  const [response, setResponse] = useState(
    forms !== undefined && responses.includes(forms.expect) ? forms.expect : (responses[0] ?? "ok"),
  );
  const form = formOf(forms, response);
  const schema = useMemo(() => form?.schema ?? {}, [form]);
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const data = Object.hasOwn(drafts, response) ? drafts[response] : sample(schema, moment.time);
  const findings = useMemo(() => faultsOf(schema, data), [schema, data]);
  const [everything, setEverything] = useState(false);
  const files = sampleFiles(form?.attachments ?? []);
  const named = namesOf(form?.attachments ?? [], files);
  const own = [{ id: node.party, name: node.name }];
  const send = (): void => {
    setEverything(true);
    if (findings.length > 0) return;
    onStep({
      ...choice,
      response,
      ...(isRecord(data) && Object.keys(data).length > 0 ? { data } : {}),
      ...(named === "" ? {} : { attachments: files }),
    });
  };
  const title = forms?.title ?? choice.action;
  return (
    <div className="stack">
      {responses.length > 1 && (
        <FieldSet legend={<T k="action.responses" />}>
          {responses.map(one => (
            <Radio
              key={one}
              name="play-response"
              checked={one === response}
              onChange={() => setResponse(one)}
              label={<Said text={formOf(forms, one)?.title ?? one} most={120} />}
            />
          ))}
        </FieldSet>
      )}
      {Object.keys(schema.properties ?? {}).length === 0 ? (
        <p className="dim">
          <T k="playground.direct" />
        </p>
      ) : (
        <SchemaForm
          key={response}
          schema={schema}
          value={data}
          onChange={value => setDrafts({ ...drafts, [response]: value })}
          parties={own}
          findings={findings}
          everything={everything}
        />
      )}
      {named !== "" && (
        <p className="sm dim">
          <T k="playground.ideal" files={named} />
        </p>
      )}
      <p>
        <Button onClick={send}>
          <span>
            <T
              k="playground.doIt"
              action={<Said text={title} most={80} />}
              actor={<Said text={run.actor_titles[choice.actor] ?? choice.actor} most={80} />}
            />
          </span>
        </Button>
      </p>
    </div>
  );
}

function namesOf(slots: readonly Slot[], files: Draft): string {
  const attached = slots.filter(slot => isRecord(files) && Object.hasOwn(files, slot.name));
  return attached.map(slot => plain(slot.name, 60)).join(", ");
}

/** Whether nothing has to be said: the action can be taken at once. */
export function isDirect(run: Run, moment: Moment, choice: Choice): boolean {
  const forms = formsOf(run, choice);
  const open = moment.open.find(one => isChosen(one, choice));
  const form = formOf(forms, open?.responses[0] ?? "");
  return (
    open?.responses.length === 1 &&
    form !== undefined &&
    form.attachments.length === 0 &&
    Object.keys(form.schema.properties ?? {}).length === 0
  );
}
