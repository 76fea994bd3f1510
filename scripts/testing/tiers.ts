export type Tier = "fast" | "long" | "soak";

/** The command that runs a tier, as people type it; `test:all` runs the fast tier, too. */
export const COMMAND_OF: Readonly<Record<Tier, string>> = {
  fast: "npm test",
  long: "npm run test:all",
  soak: "npm run test:soak",
};

/** The name shows the tier: `x.test.ts`, `x.long.test.ts` or `x.soak.test.ts`. */
export function tierOf(file: string): Tier {
  const mark = /\.(long|soak)\.test\.ts$/.exec(file)?.[1];
  return (mark as "long" | "soak" | undefined) ?? "fast";
}
