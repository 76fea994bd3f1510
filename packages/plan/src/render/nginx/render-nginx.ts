import { GRPC_PATHS, SERVER_PATHS } from "../../facts/server.ts";
import type { OutputFile } from "../../output-file.ts";
import type { ResolvedPlan, ResolvedSite } from "../../resolved-plan.ts";
import { type Directive, directive, note, writeNginx } from "./write-nginx.ts";

export function nginxFiles(plan: ResolvedPlan): OutputFile[] {
  const { service, stage, nginx } = plan;
  return (nginx?.sites ?? []).map((site) => ({
    path: `nginx/${stage}/${site.predictor}.conf`,
    text: writeNginx([
      note(`${site.predictor} of ${service}, stage ${stage}, behind nginx 1.22 or newer.`),
      ...upstreams(`${service}-${stage}-${site.predictor}`, site),
      toHttps(site),
      server(`${service}-${stage}-${site.predictor}`, site),
    ]),
  }));
}

/** Connections that wait for the next request: fewer than the server keeps, and for less than its 75 seconds. */
const KEPT_CONNECTIONS = "32";
const KEPT_FOR = "60s";

function upstreams(name: string, { servers, grpcServers }: ResolvedSite): Directive[] {
  const upstream = (own: string, addresses: readonly string[]) =>
    directive(
      "upstream",
      [own],
      [
        // A request goes to the server with the fewest in flight: predictions do not all take the same time.
        directive("least_conn"),
        // A server that refuses connections is left alone for a moment.
        ...addresses.map((address) => directive("server", [address, "max_fails=2", "fail_timeout=2s"])),
        directive("keepalive", [KEPT_CONNECTIONS]),
        directive("keepalive_timeout", [KEPT_FOR]),
      ],
    );
  return [upstream(name, servers), ...(grpcServers.length > 0 ? [upstream(`${name}-grpc`, grpcServers)] : [])];
}

function toHttps({ host }: ResolvedSite): Directive {
  return directive(
    "server",
    [],
    [
      directive("listen", ["80"]),
      directive("listen", ["[::]:80"]),
      directive("server_name", [host]),
      directive("return", ["308", "https://$host$request_uri"]),
    ],
  );
}

function server(name: string, site: ResolvedSite): Directive {
  const { host, certificates, maxBodyBytes, grpcServers } = site;
  return directive(
    "server",
    [],
    [
      directive("listen", ["443", "ssl", "http2"]),
      directive("listen", ["[::]:443", "ssl", "http2"]),
      directive("server_name", [host]),
      directive("ssl_certificate", [`${certificates}/fullchain.pem`]),
      directive("ssl_certificate_key", [`${certificates}/privkey.pem`]),
      directive("ssl_protocols", ["TLSv1.2", "TLSv1.3"]),
      note("The server's own limit, so that both say 413 to the same bodies."),
      directive("client_max_body_size", [`${maxBodyBytes}`]),
      ...timeouts("proxy", site),
      ...forwarding(),
      location("/", name, []),
      ...[SERVER_PATHS.live, SERVER_PATHS.ready].map((path) =>
        location(`= ${path}`, name, [directive("access_log", ["off"])]),
      ),
      location(`= ${SERVER_PATHS.metrics}`, name, [directive("allow", ["127.0.0.1"]), directive("deny", ["all"])]),
      ...(grpcServers.length > 0 ? GRPC_PATHS.map((path) => grpcLocation(path, `${name}-grpc`, site)) : []),
    ],
  );
}

/** The server gives up first, with a 504 that says why; nginx waits a little longer for that. */
const PATIENCE_SECONDS = 5;

function timeouts(prefix: "proxy" | "grpc", { timeoutSeconds }: ResolvedSite): Directive[] {
  return [
    directive(`${prefix}_connect_timeout`, ["2s"]),
    directive(`${prefix}_read_timeout`, [`${timeoutSeconds + PATIENCE_SECONDS}s`]),
    directive(`${prefix}_send_timeout`, [`${timeoutSeconds + PATIENCE_SECONDS}s`]),
    // Without "non_idempotent" a POST that a server may have begun is never sent to another one.
    directive(`${prefix}_next_upstream`, ["error", "timeout"]),
    directive(`${prefix}_next_upstream_tries`, ["2"]),
  ];
}

function forwarding(): Directive[] {
  const headers = {
    Host: "$host",
    "X-Forwarded-For": "$proxy_add_x_forwarded_for",
    "X-Forwarded-Proto": "$scheme",
    // Connections are kept only where the header that ends them is not sent on.
    Connection: '""',
  };
  return [
    directive("proxy_http_version", ["1.1"]),
    ...Object.entries(headers).map(([name, value]) => directive("proxy_set_header", [name, value])),
  ];
}

function location(path: string, name: string, more: readonly Directive[]): Directive {
  return directive("location", [path], [...more, directive("proxy_pass", [`http://${name}`])]);
}

function grpcLocation(path: string, name: string, site: ResolvedSite): Directive {
  return directive("location", [path], [...timeouts("grpc", site), directive("grpc_pass", [`grpc://${name}`])]);
}
