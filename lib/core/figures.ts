/** What both homes count minute by minute, in the order in which it is described. */
export const figureNames = ['ready', 'failed', 'waiting', 'renderMedianMs', 'renderP95Ms', 'answerP95Ms'] as const;

/** As far back as figures go. */
export const mostFigureMinutes = 60;
