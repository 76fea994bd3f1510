/** Why rows are not known to be independent. Rules throw it; it becomes the reason of every value that depends on their output. */
export class RowsMeet extends Error {}
