/** Texts of the chain viewer. */
export const chain = {} as const;
