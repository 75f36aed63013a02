// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_config/peer_options.h>

#include <algorithm>

#include <kepeng/base/files.h>
#include <kepeng/peer_files/network_key.h>
#include "fixed_seeds.h"
#include "reach_options.h"

namespace kepeng::peer_config {
namespace {

using config::Options;
using peering::ListenAt;
using peering::PeerOptions;
using For = ListenAt::For;

constexpr std::string_view kReferenceAgent = "/Satoshi:32.0.0";
constexpr std::size_t kAgentBytesMax = 256;  // a longer one is a malformed message to others
// Of -maxconnections, for those we call: full, block and a feeler.
constexpr std::size_t kFullRelay = 8;
constexpr std::size_t kBlockRelay = 2;
constexpr std::size_t kFeelers = 1;
constexpr std::size_t kConnectionsMax = 10'000;
constexpr std::uint64_t kAsmapBytesMax = 64u << 20;

Fault config_fault(std::string message) {
  return {FaultKind::Config, std::move(message)};
}

// No slash, colon or parenthesis: they have a meaning around the comments.
bool may_stand_in_comment(char c) {
  const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return is_word || std::string_view{" .,;-_?@"}.find(c) != std::string_view::npos;
}

// -connect: these and no others; -noconnect: nobody by ourselves.
bool calls_strangers(const Options& options) {
  return options.get_list("connect").empty() && !is_switched_off(options, "connect");
}

gossip::UsualPermissions usual_permissions(const Options& options) {
  return {options.get_bool("whitelistrelay"), options.get_bool("whitelistforcerelay")};
}

Result<Unit, Fault> choose_binds(const Options& options, std::uint16_t port, std::vector<ListenAt>& listen) {
  constexpr std::string_view kOnion = "=onion";
  for (const std::string& text : options.get_list("bind")) {
    const bool is_onion = text.ends_with(kOnion);
    const std::string address = is_onion ? text.substr(0, text.size() - kOnion.size()) : text;
    const auto usual = static_cast<std::uint16_t>(is_onion ? port + 1 : port);
    KP_TRY(const net::Endpoint at, endpoint_from("bind", address, usual));
    listen.push_back({at, {}, is_onion ? For::Onion : For::Everybody});
  }
  return Unit{};
}

Result<Unit, Fault> choose_whitebinds(const Options& options, std::vector<ListenAt>& listen) {
  for (const std::string& text : options.get_list("whitebind")) {
    auto permitted = gossip::parse_permitted_address(text, usual_permissions(options));
    if (!permitted) return Err{config_fault(std::move(permitted).error() + ".")};
    KP_TRY(const net::Endpoint at, endpoint_from("whitebind", permitted->address, 0));
    if (at.port == 0) return Err{config_fault("Need to specify a port with -whitebind: '" + text + "'.")};
    listen.push_back({at, permitted->permissions, For::Permitted});
  }
  return Unit{};
}

Result<std::vector<ListenAt>, Fault> listening_from(const Options& options, std::uint16_t port) {
  using Need = ListenAt::Need;
  std::vector<ListenAt> listen;
  KP_TRY_VOID(choose_binds(options, port, listen));
  const bool has_binds = !listen.empty();
  KP_TRY_VOID(choose_whitebinds(options, listen));
  if (!options.get_bool("listen")) return std::vector<ListenAt>{};
  if (listen.empty()) {
    listen = {{{"::", port}, {}, For::Everybody, Need::May}, {{"0.0.0.0", port}, {}, For::Everybody, Need::May}};
  }
  // Tor brings the callers of an onion service here, so that they are told from others: of ours, or of one that the
  // operator has set up himself.
  const auto onion_port = static_cast<std::uint16_t>(port + 1);
  if (!has_binds && onion_port != 0) listen.push_back({{"127.0.0.1", onion_port}, {}, For::Onion, Need::May});
  return listen;
}

// The port where others find us: the first -bind's, or else the first -whitebind's that they may know, or else -port.
std::uint16_t told_port(const std::vector<ListenAt>& listen, std::uint16_t port) {
  for (const auto is_for : {For::Everybody, For::Permitted}) {
    const auto found = std::ranges::find_if(
        listen, [&](const ListenAt& one) { return one.is_for == is_for && one.is_public() && one.at.port != 0; });
    if (found != listen.end()) return found->at.port;
  }
  return port;
}

Result<Unit, Fault> choose_whitelist(const Options& options, PeerOptions& peers) {
  for (const std::string& text : options.get_list("whitelist")) {
    auto one = gossip::parse_whitelisted(text, usual_permissions(options), peers.routes.fc00);
    if (!one) return Err{config_fault(std::move(one).error() + ".")};
    peers.whitelist.push_back(std::move(*one));
  }
  return Unit{};
}

Result<std::vector<net::Endpoint>, Fault> nodes_from(const Options& options, const std::string& option,
                                                     std::uint16_t usual_port) {
  std::vector<net::Endpoint> nodes;
  for (const std::string& text : options.get_list(option)) {
    if (text == "0") continue;  // -connect=0: nobody
    KP_TRY(const net::Endpoint at, endpoint_from(option, text, usual_port));
    nodes.push_back(at);
  }
  return nodes;
}

void choose_numbers(const Options& options, PeerOptions& peers) {
  const std::int64_t said = options.get_int("maxconnections");
  const std::size_t all = said < 0 ? 0 : std::min(static_cast<std::size_t>(said), kConnectionsMax);
  peers.outbound.full_relay = std::min(kFullRelay, all);
  peers.outbound.block_relay = std::min(kBlockRelay, all - peers.outbound.full_relay);
  const std::size_t outbound = peers.outbound.full_relay + peers.outbound.block_relay + kFeelers;
  peers.inbound_max = all > outbound ? all - outbound : 0;
  peers.inbound_relaying_max =
      peers.inbound_max * static_cast<std::size_t>(options.get_int("inboundrelaypercent")) / 100;
  peers.announced_per_second = static_cast<double>(options.get_int("txsendrate"));
  const auto kilobytes = [&](const char* name) { return static_cast<std::size_t>(options.get_int(name)) * 1000; };
  peers.receive_max = kilobytes("maxreceivebuffer");
  peers.send_max = kilobytes("maxsendbuffer");
  peers.extra_transactions = static_cast<std::size_t>(options.get_int("blockreconstructionextratxn"));
  if (!calls_strangers(options)) peers.outbound = gossip::OutboundNumbers::none();
}

Result<std::shared_ptr<const gossip::Asmap>, Fault> asmap_from(const Options& options, Env& env) {
  const auto path = options.get_path("asmap");
  if (path.empty()) return std::shared_ptr<const gossip::Asmap>{};
  const auto bytes = read_file(env, path.string(), kAsmapBytesMax);
  if (!bytes) {
    return Err{config_fault("-asmap: " + bytes.error().message + " Name a file; there is no built-in map.")};
  }
  auto asmap = gossip::Asmap::parse(*bytes);
  if (!asmap) return Err{config_fault("-asmap: " + path.string() + " is no map: " + asmap.error() + ".")};
  return std::make_shared<const gossip::Asmap>(std::move(*asmap));
}

// The key of -networkkey, if there is one.
Result<std::optional<crypto::NetworkKey>, Fault> network_key_from(const Options& options, const Surroundings& with) {
  const auto path = options.get_path("networkkey");
  if (path.empty()) return std::optional<crypto::NetworkKey>{};
  if (!options.get_bool("v2transport")) {
    return Err{config_fault("-networkkey needs encrypted connections: remove -v2transport=0.")};
  }
  KP_TRY(auto read, peer_files::read_network_key(with.env, path.string()));
  if (read.warning) KP_LOG_WARNING(with.log, "{}", *read.warning);
  KP_LOG_INFO(with.log, "Closed network: only peers with the key in {} are talked to", path.string());
  return std::optional{read.key};
}

// Own transactions over Tor and I2P: in the words that clients know where that cannot be.
Result<Unit, Fault> choose_private_broadcast(const Options& options, PeerOptions& peers) {
  if (!options.get_bool("privatebroadcast")) return Unit{};
  const peering::RouteOptions& routes = peers.routes;
  const auto is_chosen = [&](wire::AddressNetwork network) {
    return routes.chosen.empty() || routes.chosen.contains(network);
  };
  const bool has_tor = routes.proxies.contains(wire::AddressNetwork::Onion) ||
                       routes.onion == peering::RouteOptions::OnionProxy::MayBeFound;
  const bool has_way =
      (has_tor && is_chosen(wire::AddressNetwork::Onion)) || (routes.has_i2p && is_chosen(wire::AddressNetwork::I2p));
  if (!has_way) {
    return Err{
        config_fault("Private broadcast of own transactions requested (-privatebroadcast), but none of Tor or I2P "
                     "networks is reachable. Set -onion, -proxy, -listenonion or -i2psam.")};
  }
  if (!calls_strangers(options)) {
    return Err{config_fault(
        "Private broadcast of own transactions requested (-privatebroadcast), but -connect is also configured. They "
        "are incompatible because the private broadcast needs to open new connections to randomly chosen Tor or I2P "
        "peers. Consider using -maxconnections=0 -addnode=... instead")};
  }
  peers.private_broadcast = PeerOptions::PrivateBroadcast::On;
  if (peers.reach.i2p && is_chosen(wire::AddressNetwork::I2p)) peers.reach.fresh_i2p = peers.reach.i2p->bridge;
  return Unit{};
}

}  // namespace

Result<std::string, Fault> user_agent_from(const config::Options& options) {
  std::string agent{kReferenceAgent};
  agent += "/kepeng:0.1.0";
  std::string comments;
  for (const std::string& comment : options.get_list("uacomment")) {
    if (!std::ranges::all_of(comment, may_stand_in_comment)) {
      return Err{config_fault("User Agent comment (" + comment + ") contains unsafe characters.")};
    }
    comments += (comments.empty() ? "" : "; ") + comment;
  }
  agent += comments.empty() ? "/" : "(" + comments + ")/";
  if (agent.size() <= kAgentBytesMax) return agent;
  return Err{config_fault("Total length of network version string (" + std::to_string(agent.size()) +
                          ") exceeds maximum length (" + std::to_string(kAgentBytesMax) +
                          "). Reduce the number or size of uacomments.")};
}

Result<PeerOptions, Fault> peer_options_from(const Options& options, const Surroundings& with) {
  const std::uint16_t usual_port = with.network.p2p_port;
  const auto port = static_cast<std::uint16_t>(options.find_int("port").value_or(usual_port));
  PeerOptions peers;
  KP_TRY(peers.listen, listening_from(options, port));
  peers.port = told_port(peers.listen, port);
  if (options.get_bool("capturemessages")) {
    peers.capture_directory = (options.network_directory() / "message_capture").string();
  }
  KP_TRY(peers.connect, nodes_from(options, "connect", usual_port));
  KP_TRY(peers.added, nodes_from(options, "addnode", usual_port));
  choose_numbers(options, peers);
  peers.starts_active = options.get_bool("networkactive");
  peers.speaks_v2 = options.get_bool("v2transport");
  peers.handshake_timeout_ms = options.get_int("peertimeout") * 1000;
  peers.upload_target = options.get_size_bytes("maxuploadtarget");
  peers.blocks_only = options.get_bool("blocksonly");
  peers.offers_bloom = options.get_bool("peerbloomfilters");
  KP_TRY(peers.user_agent, user_agent_from(options));
  peers.directory = options.network_directory().string();
  KP_TRY(peers.asmap, asmap_from(options, with.env));
  KP_TRY(peers.network_key, network_key_from(options, with));
  KP_TRY(peers.routes, routes_from(options));
  KP_TRY_VOID(choose_whitelist(options, peers));
  KP_TRY(peers.reach, reach_options_from(options, with.network, peers.routes, peers.port));
  KP_TRY(peers.seeds, seeds_from(options, with.network, peers.routes));
  KP_TRY(peers.seeds.fixed, fixed_seeds_from(options, with.network, with.env, peers.routes.fc00));
  if (!calls_strangers(options)) peers.seeds = {};
  KP_TRY(peers.external, external_addresses_from(options, peers.port, peers.routes));
  KP_TRY_VOID(choose_private_broadcast(options, peers));
  if (options.get_bool("discover")) peers.discover = PeerOptions::Discover::Interfaces;
  return peers;
}

}  // namespace kepeng::peer_config
