// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "peer_options.h"

#include <algorithm>

#include <kepeng/peer_files/network_key.h>

namespace kepeng::node {
namespace {

constexpr std::string_view kReferenceAgent = "/Satoshi:32.0.0";
constexpr std::int64_t kOutboundReserve = 11;  // of -maxconnections, for those we call

Result<net::Endpoint, Fault> endpoint_from(const std::string& option, const std::string& text, std::uint16_t port) {
  const auto parsed = net::Endpoint::parse(text, port);
  if (parsed) return *parsed;
  return Err{Fault{FaultKind::Config, "-" + option + "='" + text + "' is no address. Write 1.2.3.4, 1.2.3.4:" +
                                          std::to_string(port) + " or [::1]:" + std::to_string(port) + "."}};
}

Result<Unit, Fault> choose_listening(const config::Options& options, std::uint16_t port, peering::PeerOptions& peers) {
  // Who says whom to connect with wants nobody else, unless he says so.
  const bool is_closed = !options.get_list("connect").empty() && !options.is_set("listen");
  if (!options.get_bool("listen") || is_closed) return Unit{};
  for (const std::string& text : options.get_list("bind")) {
    const std::string address = text.substr(0, text.find('='));  // what follows says what it is used for
    KP_TRY(const net::Endpoint at, endpoint_from("bind", address, port));
    peers.listen.push_back(at);
  }
  if (!peers.listen.empty()) return Unit{};
  peers.listen = {{"::", port}, {"0.0.0.0", port}};
  peers.listen_needs = peering::PeerOptions::ListenNeeds::One;
  return Unit{};
}

}  // namespace

std::string user_agent_from(const config::Options& options) {
  std::string agent{kReferenceAgent};
  agent += "/kepeng:0.1.0";
  std::string comments;
  for (const std::string& comment : options.get_list("uacomment")) comments += (comments.empty() ? "" : "; ") + comment;
  return agent + (comments.empty() ? "/" : "(" + comments + ")/");
}

Result<peering::PeerOptions, Fault> peer_options_from(const config::Options& options,
                                                      const params::NetworkParams& network) {
  const auto port = static_cast<std::uint16_t>(options.find_int("port").value_or(network.p2p_port));
  peering::PeerOptions peers;
  KP_TRY_VOID(choose_listening(options, port, peers));
  for (const std::string option : {"connect", "addnode"}) {
    for (const std::string& text : options.get_list(option)) {
      if (text == "0") continue;  // -connect=0: nobody
      KP_TRY(const net::Endpoint at, endpoint_from(option, text, network.p2p_port));
      peers.connect.push_back(at);
    }
  }
  const std::int64_t connections = options.get_int("maxconnections");
  peers.inbound_max = static_cast<std::size_t>(std::clamp<std::int64_t>(connections - kOutboundReserve, 0, 10'000));
  peers.speaks_v2 = options.get_bool("v2transport");
  peers.connect_timeout_ms = std::max<std::int64_t>(1, options.get_int("timeout"));
  peers.user_agent = user_agent_from(options);
  if (const auto proxies = options.get_list("proxy"); !proxies.empty() && !proxies.back().empty()) {
    KP_TRY(const net::Endpoint proxy, endpoint_from("proxy", proxies.back().substr(0, proxies.back().find('=')), 9050));
    peers.proxy = proxy;
  }
  return peers;
}

Result<std::optional<crypto::NetworkKey>, Fault> network_key_from(const config::Options& options, Env& env,
                                                                  Logger& log) {
  const auto path = options.get_path("networkkey");
  if (path.empty()) return std::optional<crypto::NetworkKey>{};
  if (!options.get_bool("v2transport")) {
    return Err{Fault{FaultKind::Config, "-networkkey needs encrypted connections: remove -v2transport=0."}};
  }
  KP_TRY(auto read, peer_files::read_network_key(env, path.string()));
  if (read.warning) KP_LOG_WARNING(log, "{}", *read.warning);
  KP_LOG_INFO(log, "Closed network: only peers with the key in {} are talked to", path.string());
  return std::optional{read.key};
}

}  // namespace kepeng::node
