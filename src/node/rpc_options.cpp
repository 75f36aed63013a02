// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "rpc_options.h"

#include <charconv>

namespace kepeng::node {
namespace {

std::uint16_t port_from(const config::Options& options) {
  const auto chosen = options.find_int("rpcport");
  return chosen ? static_cast<std::uint16_t>(*chosen) : config::rpc_port_of(options.network());
}

// "addr", "addr:port", "[v6]", "[v6]:port", "v6".
Result<http::Endpoint, Fault> endpoint_from(const std::string& text, std::uint16_t port_default) {
  http::Endpoint endpoint{.address = text, .port = port_default};
  std::string_view port;
  const std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string::npos) return Err{Fault{FaultKind::Config, "Invalid -rpcbind address: '" + text + "'."}};
    endpoint.address = text.substr(1, end - 1);
    if (end + 1 < text.size()) port = std::string_view{text}.substr(end + 2);
  } else if (colon != std::string::npos && text.find(':') == colon) {
    endpoint.address = text.substr(0, colon);
    port = std::string_view{text}.substr(colon + 1);
  }
  if (endpoint.address == "localhost") endpoint.address = "127.0.0.1";
  if (port.empty()) return endpoint;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (error == std::errc{} && end == port.data() + port.size() && endpoint.port != 0) return endpoint;
  return Err{Fault{FaultKind::Config, "Invalid port specified in -rpcbind: '" + text + "'."}};
}

}  // namespace

Result<http::ServerOptions, Fault> server_options_from(const config::Options& options) {
  http::ServerOptions server;
  const std::uint16_t port = port_from(options);
  server.allowed_subnets = options.get_list("rpcallowip");
  const auto binds = options.get_list("rpcbind");
  if (server.allowed_subnets.empty() || binds.empty()) {
    server.binds = {{"::1", port, true}, {"127.0.0.1", port, true}};
    // Whoever reaches a loopback address under another name came by a forged one (DNS rebinding).
    server.allowed_hosts = {"localhost"};
  } else {
    for (const std::string& bind : binds) {
      KP_TRY(auto endpoint, endpoint_from(bind, port));
      server.binds.push_back(std::move(endpoint));
    }
  }
  server.threads = static_cast<std::size_t>(options.get_int("rpcthreads"));
  server.queue_depth = static_cast<std::size_t>(options.get_int("rpcworkqueue"));
  server.idle_timeout = std::chrono::seconds{options.get_int("rpcservertimeout")};
  return server;
}

bool wants_cookie(const config::Options& options) {
  return options.get_string("rpcpassword").empty() && !options.is_negated("rpccookiefile");
}

Result<rpc::Credentials, Fault> credentials_from(const config::Options& options) {
  rpc::Credentials credentials;
  const std::string password = options.get_string("rpcpassword");
  if (!password.empty()) credentials.add_password(options.get_string("rpcuser"), password);
  for (const std::string& entry : options.get_list("rpcauth")) KP_TRY_VOID(credentials.add_hashed(entry));
  return credentials;
}

rpc::CookieFile::Readers cookie_readers_from(const config::Options& options) {
  const std::string who = options.get_string("rpccookieperms");
  if (who == "group") return rpc::CookieFile::Readers::Group;
  return who == "all" ? rpc::CookieFile::Readers::All : rpc::CookieFile::Readers::Owner;
}

rpc::Whitelist whitelist_from(const config::Options& options) {
  const auto unlisted =
      options.get_bool("rpcwhitelistdefault") ? rpc::Whitelist::Default::Deny : rpc::Whitelist::Default::Allow;
  return rpc::Whitelist{options.get_list("rpcwhitelist"), unlisted};
}

}  // namespace kepeng::node
