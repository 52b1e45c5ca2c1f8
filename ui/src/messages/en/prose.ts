/** Texts of the contract as prose. */
export const prose = {} as const;
