import { closeSync, fstatSync, openSync, readSync } from "node:fs";

interface Sign {
  readonly pattern: RegExp;
  /** Completes "It looks like ...". */
  readonly what: string;
}

/** Files that have secrets by their purpose, by path. */
const BY_PATH: readonly Sign[] = [
  { pattern: /(^|\/)(\.env(\.[^/]+)?|[^/]+\.env|\.envrc)$/i, what: "a file of environment variables" },
  { pattern: /(^|\/)id_(rsa|dsa|ecdsa|ed25519)(_[^/.]+)?$/i, what: "a private SSH key" },
  { pattern: /\.(p12|pfx|jks|keystore|kdbx|ppk)$/i, what: "a store of private keys" },
  {
    pattern: /(^|\/)(\.netrc|_netrc|\.pgpass|\.my\.cnf|\.git-credentials|\.htpasswd|\.pypirc|\.dockercfg)$/i,
    what: "a file of passwords",
  },
  {
    pattern:
      /(^|\/)(\.aws\/(credentials|config)|credentials(\.(json|csv|ya?ml|toml|ini|xml))?|client_secrets?[^/]*\.json|application_default_credentials\.json)$/i,
    what: "a file of credentials",
  },
  { pattern: /(^|\/)(\.docker\/config\.json|\.kube\/config|kubeconfig(\.ya?ml)?)$/i, what: "a file of credentials" },
  { pattern: /(^|\/)\.?secrets?(\.(json|ya?ml|toml|ini|txt))?$/i, what: "a file of secrets" },
  { pattern: /(^|\/)local\.settings\.json$/i, what: "the local settings of a Functions app" },
  { pattern: /\.tfstate(\.backup)?$|(^|\/)terraform\.tfvars$/i, what: "the state or the variables of Terraform" },
];

/** Names of templates, which have no values. */
const TEMPLATE = /(^|[._-])(example|sample|template|dist|defaults|schema)([._-]|$)/i;

/** Texts that are secrets by their form. Most have the prefix that their issuer made for such searches. */
const BY_TEXT: readonly Sign[] = [
  {
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----[\s"'`+,\\nr]{0,99}(?:[A-Za-z-]+: [^\n]{0,99}\n\s*){0,4}[A-Za-z0-9+/]{40}/,
    what: "a private key",
  },
  { pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/, what: "an access key of AWS" },
  { pattern: /\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{60,}/, what: "a token of GitHub" },
  { pattern: /\bgl(?:pat|ptt|dt|rt|cbt|agent)-[\w-]{20,}/, what: "a token of GitLab" },
  {
    pattern: /\bnpm_[A-Za-z0-9]{36}\b|(?::|^)_(?:authToken|auth|password)\s*=\s*[^\s$"']{8,}/m,
    what: "a token of npm",
  },
  { pattern: /\bpypi-AgE[\w-]{50,}/, what: "a token of PyPI" },
  { pattern: /\bhf_[A-Za-z0-9]{34,}\b/, what: "a token of Hugging Face" },
  { pattern: /\bsk-ant-[\w-]{32,}/, what: "a key of Anthropic" },
  {
    pattern: /\bsk-(?:proj-|svcacct-|admin-)?[\w-]{0,100}T3BlbkFJ[\w-]{20,}|\bsk-proj-[\w-]{40,}/,
    what: "a key of OpenAI",
  },
  { pattern: /\bAIza[\w-]{35}\b|\bGOCSPX-[\w-]{28}|\bya29\.[\w-]{40,}/, what: "a key of Google" },
  { pattern: /\b(?:AccountKey=[A-Za-z0-9+/]{86}==|SharedAccessKey=[A-Za-z0-9+/]{43}=)/, what: "a key of Azure" },
  {
    pattern: /\bxox[abeoprs]-[\w-]{10,}|\bxapp-\d-[\w-]{10,}|hooks\.slack\.com\/services\/T\w+\/B\w+\/\w{20,}/,
    what: "a token of Slack",
  },
  { pattern: /\b[sr]k_live_[A-Za-z0-9]{20,}/, what: "a key of Stripe" },
  { pattern: /\bSG\.[\w-]{22}\.[\w-]{43}/, what: "a key of SendGrid" },
  { pattern: /\bdo[opr]_v1_[a-f0-9]{64}\b/, what: "a token of DigitalOcean" },
  { pattern: /\bdckr_pat_[\w-]{27}/, what: "a token of Docker" },
  { pattern: /\bhv[sb]\.[\w-]{24,}/, what: "a token of Vault" },
  { pattern: /\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b/, what: "a key of age" },
];

/** Placeholders, keys of documentation (AWS), and the account that is the same in every emulator of Azure's storage. */
const PUBLIC = /x{6}|example|placeholder|AccountKey=Eby8vdM02xNO/i;

/** A larger file is data. Only its beginning is read. */
const MOST_BYTES = 8_000_000;

/** What the file looks like, if it looks like a secret: "a private key (line 3)". Its text is never quoted. */
export function findSecret(path: string, from: string): string | undefined {
  const named = BY_PATH.find(({ pattern }) => pattern.test(path));
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (named !== undefined && !TEMPLATE.test(name)) return named.what;
  const text = readText(from);
  for (const { pattern, what } of BY_TEXT) {
    for (const match of text.matchAll(new RegExp(pattern, `${pattern.flags}g`)))
      if (!PUBLIC.test(match[0])) return `${what} (line ${text.slice(0, match.index).split("\n").length})`;
  }
  return undefined;
}

/** Empty for a binary file. */
function readText(path: string): string {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(Math.min(fstatSync(file).size, MOST_BYTES));
    const length = readSync(file, bytes);
    const text = bytes.subarray(0, length);
    return text.subarray(0, 8_000).includes(0) ? "" : text.toString("latin1");
  } finally {
    closeSync(file);
  }
}
