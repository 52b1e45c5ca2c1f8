/** Texts of following an invitation. */
export const join = {} as const;
