import { GRPC_PATHS, SERVER_PATHS } from "../../facts/server.ts";
import type { OutputFile } from "../../output-file.ts";
import type { ResolvedPlan, ResolvedSite } from "../../resolved-plan.ts";
import { type Block, block, type Directive, writeNginx } from "./write-nginx.ts";

export function nginxFiles({ service, stage, nginx }: ResolvedPlan): OutputFile[] {
  return (nginx?.sites ?? []).map((site) => {
    const name = `${service}-${stage}-${site.predictor}`;
    const text = writeNginx([
      `# ${site.predictor} of ${service}, stage ${stage}, behind nginx 1.22 or newer.`,
      ...upstreams(name, site),
      toHttps(site),
      server(name, site),
    ]);
    return { path: `nginx/${stage}/${site.predictor}.conf`, text };
  });
}

/** Idle connections to the server: fewer than it keeps, and for less than its 75 seconds. */
const KEPT_CONNECTIONS = 32;
const KEPT_FOR = "60s";

function upstreams(name: string, { servers, grpcServers }: ResolvedSite): Block[] {
  const upstream = (own: string, addresses: readonly string[]) =>
    block(
      `upstream ${own}`,
      // A request goes to the server with the fewest requests in flight, because the duration of predictions varies.
      "least_conn",
      // A server that refuses connections gets no requests for two seconds.
      ...addresses.map((address) => `server ${address} max_fails=2 fail_timeout=2s`),
      `keepalive ${KEPT_CONNECTIONS}`,
      `keepalive_timeout ${KEPT_FOR}`,
    );
  return [upstream(name, servers), ...(grpcServers.length > 0 ? [upstream(`${name}-grpc`, grpcServers)] : [])];
}

function toHttps({ host }: ResolvedSite): Block {
  return block("server", "listen 80", "listen [::]:80", `server_name ${host}`, "return 308 https://$host$request_uri");
}

function server(name: string, site: ResolvedSite): Block {
  const { host, certificates, maxBodyBytes, grpcServers } = site;
  return block(
    "server",
    "listen 443 ssl http2",
    "listen [::]:443 ssl http2",
    `server_name ${host}`,
    `ssl_certificate ${certificates}/fullchain.pem`,
    `ssl_certificate_key ${certificates}/privkey.pem`,
    "ssl_protocols TLSv1.2 TLSv1.3",
    "# The server's own limit, so that both answer 413 to the same bodies.",
    `client_max_body_size ${maxBodyBytes}`,
    ...timeouts("proxy", site),
    ...forwarding(),
    location("/", name),
    ...[SERVER_PATHS.live, SERVER_PATHS.ready].map((path) => location(`= ${path}`, name, "access_log off")),
    location(`= ${SERVER_PATHS.metrics}`, name, "allow 127.0.0.1", "deny all"),
    ...(grpcServers.length > 0 ? GRPC_PATHS.map((path) => grpcLocation(path, `${name}-grpc`, site)) : []),
  );
}

/** nginx waits longer than the server, so that clients get the server's 504 with its explanation. */
const EXTRA_SECONDS = 5;

function timeouts(prefix: "proxy" | "grpc", { timeoutSeconds }: ResolvedSite): Directive[] {
  return [
    `${prefix}_connect_timeout 2s`,
    `${prefix}_read_timeout ${timeoutSeconds + EXTRA_SECONDS}s`,
    `${prefix}_send_timeout ${timeoutSeconds + EXTRA_SECONDS}s`,
    // Without "non_idempotent", nginx never sends a POST to a second server if the first may have begun it.
    `${prefix}_next_upstream error timeout`,
    `${prefix}_next_upstream_tries 2`,
  ];
}

function forwarding(): Directive[] {
  return [
    "proxy_http_version 1.1",
    "proxy_set_header Host $host",
    "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for",
    "proxy_set_header X-Forwarded-Proto $scheme",
    // The client's header would close the connection to the server after each request.
    'proxy_set_header Connection ""',
  ];
}

function location(path: string, name: string, ...more: readonly Directive[]): Block {
  return block(`location ${path}`, ...more, `proxy_pass http://${name}`);
}

function grpcLocation(path: string, name: string, site: ResolvedSite): Block {
  return block(`location ${path}`, ...timeouts("grpc", site), `grpc_pass grpc://${name}`);
}
