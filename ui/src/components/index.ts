// Everything that pages are built from.
export { Button, ButtonLink } from "./Button";
export { COPIES_MAX, Counterparts, Cut, type Copy, type CopyRow } from "./Counterparts";
export { Data, hasData } from "./Data";
export { Dialogue } from "./Dialogue";
export { DocumentRow } from "./Documents";
export { Choice, DropZone, Field, FieldSet, Select, SigningSheet, TextArea, TextInput, type Tied } from "./Form";
export { Ladder, LadderMeaning, LadderSteps, LEVELS } from "./Ladder";
export { ByteTable, Command, Fingerprint, Id } from "./Mono";
export { KeyValue, Note, Tag } from "./Note";
export { Brand, PageHead, Panel, PlainPage, Section, Tabs } from "./Page";
export { Monogram, PartyName } from "./Party";
export { ReceiptMatrix, ReceiptRow } from "./Receipts";
export { Said, SaidBlock } from "./Said";
export { Answer, Empty, Loading, Refused, Stale, WaitingFor } from "./States";
export { Table, type Column } from "./Table";
export { TaskRow, WaitRow } from "./Task";
export { Time } from "./Time";
export { answerOf, Timeline } from "./Timeline";
