/** How a matrix says which part of it runs: "killed pushes: 120 of 1,204 cases (seed 7)". */
export const COVERAGE = /^.+: [\d,]+ of [\d,]+ cases \(seed \d+\)$/;

export function coverageOf(name: string, chosen: number, all: number, seed: number): string {
  const [part, whole] = [chosen, all].map((count) => count.toLocaleString("en-US"));
  return `${name}: ${part} of ${whole} cases (seed ${seed})`;
}
