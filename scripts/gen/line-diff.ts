/** The lines that differ between two texts, as `- old` and `+ new` under `@@ line n`, in order. */
export function lineDiff(before: string, after: string): string {
  const old = before.split("\n");
  const fresh = after.split("\n");
  const common = commonSuffixLengths(old, fresh);
  const out: string[] = [];
  let i = 0;
  let j = 0;
  let unchanged = true;
  const emit = (line: string, at: number) => {
    if (unchanged) out.push(`@@ line ${at + 1}`);
    unchanged = false;
    out.push(line);
  };
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      unchanged = true;
      i++;
      j++;
    } else if (j === fresh.length || (i < old.length && common[i + 1]![j]! >= common[i]![j + 1]!)) {
      emit(`- ${old[i]}`, i);
      i++;
    } else {
      emit(`+ ${fresh[j]}`, i);
      j++;
    }
  }
  return out.join("\n");
}

/** `table[i][j]`: length of the longest common subsequence of the lines from i and from j. */
function commonSuffixLengths(old: readonly string[], fresh: readonly string[]): number[][] {
  const table = Array.from({ length: old.length + 1 }, () => new Array<number>(fresh.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      table[i]![j] = old[i] === fresh[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
    }
  }
  return table;
}
