/** Texts of founding a contract. */
export const create = {} as const;
