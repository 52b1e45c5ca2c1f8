/** Texts of the list of contracts. */
export const contracts = {
  active: "you take part",
  contract: "Contract",
  empty: "No contract is here yet. Found one, or follow the link that a partner gave you.",
  founded: "Founded",
  id: "Id",
  invited: "you are invited",
  lead: "{count, plural, =0 {None yet.} one {One contract on this node.} other {# contracts on this node.}}",
  new: "New contract",
  join: "I have an invitation",
  none: "No contract has “{words}” in its title or id.",
  offered: "offered to you",
  reading: "Reading the contracts",
  search: "Find by title or id",
  standing: "Where it stands",
  title: "Contracts",
} as const;
