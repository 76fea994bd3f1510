/**
 * The W3C trace context of an X-Ray trace header: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`,
 * its parts in any order (docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html, tracing header). X-Ray's trace id
 * is the W3C trace id in two parts. `undefined` without a parent, because W3C has no trace context without one.
 */
export function fromXRayHeader(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const root = /(?:^|;)\s*Root=1-([\da-f]{8})-([\da-f]{24})(?=;|$)/i.exec(header);
  const parent = /(?:^|;)\s*Parent=([\da-f]{16})(?=;|$)/i.exec(header);
  const trace = `${root?.[1]}${root?.[2]}`.toLowerCase();
  const span = `${parent?.[1]}`.toLowerCase();
  if (root === null || parent === null || /^0+$/.test(trace) || /^0+$/.test(span)) return undefined;
  return `00-${trace}-${span}-${/(?:^|;)\s*Sampled=1(?=;|$)/i.test(header) ? "01" : "00"}`;
}
