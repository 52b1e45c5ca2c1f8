// English: a file for each part, so that pages do not meet in one. Texts follow messages/format.ts.
import { action } from "./en/action";
import { chain } from "./en/chain";
import { comment } from "./en/comment";
import { common } from "./en/common";
import { contract } from "./en/contract";
import { contracts } from "./en/contracts";
import { create } from "./en/create";
import { diagram } from "./en/diagram";
import { errors } from "./en/errors";
import { erasing } from "./en/erasing";
import { frame } from "./en/frame";
import { inbox } from "./en/inbox";
import { join } from "./en/join";
import { keys } from "./en/keys";
import { node } from "./en/node";
import { invite, mandates } from "./en/partners";
import { personal } from "./en/personal";
import { playground } from "./en/playground";
import { process } from "./en/process";
import { prose } from "./en/prose";
import { runs } from "./en/runs";
import { settings } from "./en/settings";
import { signIn } from "./en/signIn";
import { timeline } from "./en/timeline";
import { verify } from "./en/verify";
import { webhooks } from "./en/webhooks";
import { counterparts, documents, ladder, receipts, states } from "./en/words";

export const en = {
  action,
  chain,
  comment,
  common,
  contract,
  contracts,
  counterparts,
  create,
  diagram,
  documents,
  errors,
  erasing,
  frame,
  inbox,
  invite,
  join,
  keys,
  ladder,
  mandates,
  node,
  personal,
  playground,
  process,
  prose,
  receipts,
  runs,
  settings,
  signIn,
  states,
  timeline,
  verify,
  webhooks,
} as const;

/** `part.name` of every text. */
export type Key = { [P in keyof typeof en]: `${P}.${keyof (typeof en)[P] & string}` }[keyof typeof en];
