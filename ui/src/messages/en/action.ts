/** Texts of taking an action. */
export const action = {} as const;
