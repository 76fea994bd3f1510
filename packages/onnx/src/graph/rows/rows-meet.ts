/** Why rows are not known to keep apart. Thrown by rules, and kept as the reason of every value that comes of it. */
export class RowsMeet extends Error {}
