/** Texts of the node page. */
export const node = {} as const;
