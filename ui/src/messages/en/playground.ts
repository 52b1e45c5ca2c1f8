/** Texts of the playground. */
export const playground = {} as const;
