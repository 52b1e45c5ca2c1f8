import { expect, test } from "vitest";
import { commentRule } from "./Comment";

test("everybody who plays somebody may comment unless the scenario says otherwise", () => {
  expect(commentRule({}, ["tenant"])).toEqual({ most: 65_536, files: [] });
  expect(commentRule({}, [])).toBeUndefined();
});

test("who may not comment is offered no place to write", () => {
  expect(commentRule({ comments: "none" }, ["tenant"])).toBeUndefined();
  expect(commentRule({ comments: { by: ["bank"] } }, ["tenant"])).toBeUndefined();
  expect(commentRule({ comments: { by: ["bank", "tenant"], max_bytes: 100 } }, ["tenant"])).toEqual({
    most: 100,
    files: [],
  });
  const media = ["text/plain", "image/png"];
  expect(commentRule({ comments: { by: ["tenant"], media } }, ["tenant"])?.files).toEqual(["image/png"]);
  expect(commentRule({ comments: { by: ["tenant"], media: ["image/png"] } }, ["tenant"])).toBeUndefined();
});
