/**
 * The groups of files that import one another, directly or over others: the strongly connected components of the graph
 * (R. Tarjan, "Depth-first search and linear graph algorithms", 1972). Each group and the list are sorted.
 */
export function importCircles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];

  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file) as number);
    open.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) visit(next);
      if (open.includes(next)) lowest.set(file, Math.min(lowest.get(file) as number, lowest.get(next) as number));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const component = open.splice(open.indexOf(file));
    if (component.length > 1) circles.push(component.toSorted());
  };

  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
}
