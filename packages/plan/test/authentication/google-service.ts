import type { OutputFile } from "@tricast/plan";
import type { RecordingTools } from "../support/script-calls.ts";
import type { Callers } from "./forms.ts";

/** `gcloud` of a project that has no service yet, or with `THERE` the service, which with `OPEN` everybody may call. */
export const GCLOUD_ANSWERS = `*" get-iam-policy "*) if [ -n "$OPEN" ]; then echo allUsers; fi ;;
*" describe "*" --format "*) echo https://flowers.example ;;
*" services describe "*) test -n "$THERE" ;;
*" describe "*) exit 1 ;;`;

/** What Cloud Run runs, as `gcloud` changes it, call by call. */
export class GoogleService {
  #isThere = false;
  #isOpen = false;

  /** Runs a script against the service. @returns who could call it, after each call from the first code on. */
  deploy(tools: RecordingTools, { path, text }: OutputFile): readonly Callers[] {
    const env = { THERE: this.#isThere ? "yes" : "", OPEN: this.#isOpen ? "yes" : "" };
    return tools.run(path, text, env).map((call) => {
      this.#apply(call.join(" "));
      return this.callers;
    });
  }

  get callers(): Callers {
    if (!this.#isThere) return "nobody";
    return this.#isOpen ? "everybody" : "identity";
  }

  #apply(call: string): void {
    if (call.includes(" remove-iam-policy-binding ") && call.includes("--member allUsers")) this.#isOpen = false;
    if (!/^gcloud (functions|run) deploy /.test(call)) return;
    this.#isThere = true;
    if (call.includes(" --allow-unauthenticated")) this.#isOpen = true;
    // gcloud run deploy: where removing the binding fails, --no-allow-unauthenticated is a warning and exit code 0.
  }
}
