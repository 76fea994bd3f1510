import { invalidOption } from "../errors.ts";

/** 1980-01-01, the earliest time in a zip. */
const ZIP_BEGIN = 315_532_800;
/** The end of 2107, the latest time in a zip. */
const ZIP_END = 4_354_819_199;

/**
 * The time of every file of an artefact, in seconds since 1970: `SOURCE_DATE_EPOCH` where it is set
 * (reproducible-builds.org/specs/source-date-epoch), else 1980-01-01.
 * @throws {TricastError} `invalid-option` for a value that is not a whole number, or is later than a zip can hold.
 */
export function sourceDateEpoch(env: Readonly<Record<string, string | undefined>> = process.env): number {
  const text = env.SOURCE_DATE_EPOCH;
  if (text === undefined || text === "") return ZIP_BEGIN;
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds > ZIP_END)
    throw invalidOption(
      `SOURCE_DATE_EPOCH is ${JSON.stringify(text)}; it must be whole seconds since 1970, up to the year 2107`,
    );
  return Math.max(seconds, ZIP_BEGIN);
}
