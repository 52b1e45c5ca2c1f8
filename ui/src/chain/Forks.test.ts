import { expect, test } from "vitest";
import { givenUpFor } from "./Forks";

const question = (name: string, ...answers: string[]): { question: string; answers: string[]; decides: boolean } => ({
  question: name,
  answers,
  decides: false,
});

test("a place that was given up was given up for the first answer that differs", () => {
  const questions = [
    question("abandoned", "false", "true"),
    question("class", "3 0 0", "3 0 0"),
    question("order", "19dd", "d7c6"),
    question("entry", "ent_b", "ent_a"),
  ];
  expect(givenUpFor({ rule: "abandoned", questions })).toBe("chain.ask_order");
  expect(givenUpFor({ rule: "order", questions })).toBeUndefined();
});

test("classes are compared as numbers", () => {
  const rule = "abandoned";
  expect(givenUpFor({ rule, questions: [question("class", "3 -10 0", "3 -9 0")] })).toBe("chain.ask_class");
  expect(givenUpFor({ rule, questions: [question("class", "3 -9 0", "3 -10 0")] })).toBeUndefined();
});
