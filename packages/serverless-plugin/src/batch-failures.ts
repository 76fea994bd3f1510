import type { Finding, ResolvedPlan } from "@tricast/plan";
import { functionIds } from "@tricast/plan/tools";
import { type EventObject, isRecord, propertiesOf, type ServerlessService } from "./serverless-api.ts";

const RESPONSE_TYPE = "ReportBatchItemFailures";

/** Events whose batches `lambda(predictor)` answers with the records that failed. */
const BATCHES = ["sqs", "stream"];

/** Makes Lambda read that answer: without it, Lambda deletes the records that failed, or skips them. */
export function withPartialFailures(event: EventObject): EventObject {
  const kind = BATCHES.find((key) => key in event);
  if (kind === undefined) return event;
  const value = event[kind];
  const settings = isRecord(value) ? value : { arn: value };
  return { ...event, [kind]: { functionResponseType: RESPONSE_TYPE, ...settings } };
}

/** Event source mappings under `resources` that lose the records of a predictor that fail. */
export function findLostRecords({ resources }: ServerlessService, { aws }: ResolvedPlan): Finding[] {
  const sections = [resources].flat().map((section) => (isRecord(section) ? section.Resources : undefined));
  const mappings = sections.flatMap((section) => Object.entries(isRecord(section) ? section : {}));
  return mappings.flatMap(([id, resource]) => {
    const mapping = propertiesOf(resource, "AWS::Lambda::EventSourceMapping");
    if (mapping === undefined || isAnotherKind(mapping) || reportsFailures(mapping)) return [];
    const target = JSON.stringify(mapping.FunctionName ?? "");
    const fn = aws?.functions.find(({ name, predictor }) => names(predictor, name).some((one) => target.includes(one)));
    return fn === undefined ? [] : [lostRecords(id, fn.predictor)];
  });
}

/** Members of mappings to Kafka, MQ and DocumentDB, whose events `lambda(predictor)` refuses. */
function isAnotherKind(mapping: Readonly<Record<string, unknown>>): boolean {
  return ["Topics", "Queues", "SelfManagedEventSource", "DocumentDBEventSourceConfig"].some((key) => key in mapping);
}

function reportsFailures({ FunctionResponseTypes: types }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(types) && types.includes(RESPONSE_TYPE);
}

/** The texts that a reference to the function, or to its alias, has as JSON. */
function names(predictor: string, name: string): string[] {
  const ids = functionIds(predictor);
  const references = [
    `"${ids.function}"`,
    `"${ids.alias}"`,
    `{${ids.function}}`,
    `{${ids.function}.`,
    `{${ids.alias}}`,
  ];
  return [...references, `"${name}"`, `"${name}:`, `:${name}"`, `:${name}:`];
}

function lostRecords(id: string, predictor: string): Finding {
  return {
    rule: "aws-batch-failures",
    severity: "warning",
    where: `resources.${id}.FunctionResponseTypes`,
    seen: `the mapping calls ${predictor} and does not have ${RESPONSE_TYPE}`,
    why: "Lambda then ignores which records failed: a queue deletes them, and a stream skips them.",
    fix: `set FunctionResponseTypes: [${RESPONSE_TYPE}], or write the queue or stream under events`,
  };
}
