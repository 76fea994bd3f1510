import assert from "node:assert/strict";
import type { OutputFile } from "@tricast/plan";
import type { RecordingTools } from "../support/script-calls.ts";
import { type Callers, TENANT } from "./forms.ts";

/** `az` of a subscription that has no app yet, or with `THERE` the app. */
export const AZ_ANSWERS = `*" functionapp show "*" --query "*) echo /subscriptions/0/sites/flowers ;;
*" functionapp show "*) test -n "$THERE" ;;
*" identity assign "*|*" resource list "*) echo 1 ;;`;

interface AuthSettings {
  readonly properties: {
    readonly platform: { readonly enabled: boolean };
    readonly globalValidation: {
      readonly requireAuthentication: boolean;
      readonly unauthenticatedClientAction: string;
    };
    readonly identityProviders: {
      readonly azureActiveDirectory: {
        readonly enabled: boolean;
        readonly registration: { readonly openIdIssuer: string; readonly clientId: string };
        readonly validation: { readonly allowedAudiences: readonly string[] };
      };
    };
  };
}

/** A function app as `az` changes it, call by call. */
export class AzureApp {
  #hasCode = false;
  /** The default of `azureFunctions()`. */
  #level = "function";
  #auth: AuthSettings | undefined;

  /** Runs a script against the app. @returns who could call it, after each call from the first code on. */
  deploy(tools: RecordingTools, { path, text }: OutputFile): readonly Callers[] {
    const calls = tools.run(path, text, this.#hasCode ? { THERE: "yes" } : { THERE: "" });
    return calls.map((call) => {
      this.#apply(call);
      return this.callers;
    });
  }

  get callers(): Callers {
    if (!this.#hasCode) return "nobody";
    // A token besides the key may be needed, too.
    if (this.#level !== "anonymous") return "key";
    if (this.#auth !== undefined) {
      const { azureActiveDirectory: entra } = this.#auth.properties.identityProviders;
      const { openIdIssuer, clientId } = entra.registration;
      // The client id is an allowed audience, too (learn.microsoft.com, configure-authentication-provider-aad).
      const audience = new Set([clientId, ...entra.validation.allowedAudiences]);
      return AzureApp.tokensOf(openIdIssuer, [...audience].join());
    }
    return "everybody";
  }

  /**
   * Whose tokens App Service accepts. "Any configuration other than a tenant-specific endpoint will be treated as
   * multi-tenant. In multi-tenant configurations, no validation of the issuer or tenant ID is performed"
   * (learn.microsoft.com/azure/app-service/configure-authentication-provider-aad).
   */
  static tokensOf(endpoint: string, audience: string): Callers {
    const login = `https://login.microsoftonline.com/${TENANT}`;
    const issuers: Readonly<Record<string, string>> = {
      [`${login}/v2.0`]: `${login}/v2.0`,
      [login]: `https://sts.windows.net/${TENANT}/`,
    };
    return `tokens of ${issuers[endpoint] ?? "any tenant of Entra"} for ${audience}`;
  }

  #apply(call: readonly string[]): void {
    const words = call.join(" ");
    const value = (flag: string) => call[call.indexOf(flag) + 1] ?? "";
    if (words.includes(" deployment source config-zip ")) this.#hasCode = true;
    const level = call.findLast((word) => word.startsWith("TRICAST_AUTH_LEVEL="));
    if (words.includes(" appsettings set ") && level !== undefined) this.#level = level.split("=")[1] ?? "";
    if (!words.startsWith("az rest ")) return;
    assert.match(value("--url"), /^\/subscriptions\/0\/sites\/flowers\/config\/authsettingsV2\?api-version=20\d\d-/);
    assert.equal(value("--method"), "put");
    const auth = JSON.parse(value("--body")) as AuthSettings;
    const { platform, globalValidation, identityProviders } = auth.properties;
    assert.deepEqual(platform.enabled && identityProviders.azureActiveDirectory.enabled, true);
    assert.deepEqual(globalValidation, { requireAuthentication: true, unauthenticatedClientAction: "Return401" });
    this.#auth = auth;
  }
}
