// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The family "network": who we are connected with.

#include <algorithm>
#include <array>

#include <kepeng/mempool_service/service.h>
#include <kepeng/peering/peer_network.h>
#include <kepeng/rpc/dispatch.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>

#include "blockchain_arguments.h"
#include "network_arguments.h"

namespace kepeng::rpc {

Result<peering::PeerNetwork*, RpcError> peers_of(const Context& context) {
  peering::PeerNetwork* peers = context.services().peers;
  if (peers == nullptr) {
    return fail(Code::ClientP2pDisabled, "Error: Peer-to-peer functionality missing or disabled");
  }
  return peers;
}

Result<net::Endpoint, RpcError> endpoint_from(const Context& context, std::string_view text) {
  const auto parsed = net::Endpoint::parse(text, context.network().p2p_port);
  if (!parsed) return fail(Code::ClientInvalidIpOrSubnet, "Error: Invalid address");
  return *parsed;
}

Err<RpcError> wrong_use(const Context& context, std::string_view method) {
  return fail(Code::Misc, help_text(*context.dispatcher().find(method)));
}

namespace {

using peering::PeerNetwork;
using peering::PeerReport;

constexpr int kVersionShown = 320'000;  // the reference release whose interfaces these are: clients compare it

void write_services(json::Writer& out, std::string_view name, wire::Services services) {
  struct Row {
    wire::Services bit;
    std::string_view name;
  };
  static constexpr std::array kRows{Row{wire::kNodeNetwork, "NETWORK"},
                                    Row{wire::kNodeBloom, "BLOOM"},
                                    Row{wire::kNodeWitness, "WITNESS"},
                                    Row{wire::kNodeCompactFilters, "COMPACT_FILTERS"},
                                    Row{wire::kNodeNetworkLimited, "NETWORK_LIMITED"},
                                    Row{wire::kNodeP2pV2, "P2P_V2"}};
  out.field(name, fmt::format("{:016x}", services));
  out.key(std::string{name} + "names");
  out.begin_array();
  for (unsigned i = 0; i < 64; ++i) {
    const wire::Services bit = wire::Services{1} << i;
    if ((services & bit) == 0) continue;
    const auto* known = std::ranges::find(kRows, bit, &Row::bit);
    out.string(known == kRows.end() ? fmt::format("UNKNOWN[2^{}]", i) : std::string{known->name});
  }
  out.end_array();
}

void write_counts(json::Writer& out, std::string_view name, const std::map<std::string, std::uint64_t>& counts) {
  out.key(name);
  out.begin_object();
  for (const auto& [message, bytes] : counts) out.field(message, bytes);
  out.end_object();
}

// Somebody else's words are shown without what could mean something to a shell, a page or a terminal.
std::string harmless(std::string_view text) {
  const auto is_harmless = [](char c) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_word || std::string_view{" .,;-_/:?@()"}.find(c) != std::string_view::npos;
  };
  std::string shown;
  std::ranges::copy_if(text, std::back_inserter(shown), is_harmless);
  return shown;
}

// Ours alone: what a peer costs us.
void write_costs(json::Writer& out, const PeerReport& report) {
  out.key("memory");
  out.begin_object();
  out.field("receive", report.receive_memory);
  out.field("send", report.send_memory);
  out.field("presync", report.facts.memory.presync);
  out.field("compact_blocks", report.facts.memory.compact_blocks);
  out.field("requests", report.facts.memory.requests);
  out.field("unjudged", report.facts.memory.unjudged);
  out.end_object();
  out.field("busy_time", static_cast<double>(report.busy_ns) / 1e9);
  out.field("put_back", report.is_put_back);
}

// Whatever the peer says: where we call for blocks or for a sign of life only, none are relayed.
bool may_relay_transactions(gossip::ConnectionKind kind) {
  return kind != gossip::ConnectionKind::BlockRelay && kind != gossip::ConnectionKind::Feeler;
}

void write_peer(json::Writer& out, const PeerReport& report, const chain::ChainView& view) {
  const auto& facts = report.facts;
  const gossip::PeerPortrait unknown;
  const gossip::PeerPortrait& portrait = facts.portrait ? *facts.portrait : unknown;
  const bool is_inbound = facts.who.kind == gossip::ConnectionKind::Inbound;
  const auto seconds = [](std::int64_t ms) { return static_cast<double>(ms) / 1000; };
  out.begin_object();
  out.field("id", facts.peer.number);
  out.field("addr", report.address.to_string());
  out.field("addrbind", report.local.to_string());
  if (portrait.sees_us_at.address.is_valid()) out.field("addrlocal", portrait.sees_us_at.to_string());
  out.field("network", report.network);
  if (report.autonomous_system != 0) out.field("mapped_as", report.autonomous_system);
  write_services(out, "services", portrait.services);
  out.field("relaytxes", portrait.wants_transactions && may_relay_transactions(facts.who.kind));
  out.field("last_inv_sequence", facts.transactions.sequence);
  out.field("inv_to_send", facts.transactions.to_announce);
  out.field("lastsend", report.last_send.seconds);
  out.field("lastrecv", report.last_receive.seconds);
  out.field("last_transaction", report.last_transaction.seconds);
  out.field("last_block", report.last_block.seconds);
  out.field("bytessent", report.bytes_sent);
  out.field("bytesrecv", report.bytes_received);
  out.field("conntime", report.connected.seconds);
  out.field("timeoffset", portrait.time_offset_seconds);
  if (facts.ping_ms >= 0) out.field("pingtime", seconds(facts.ping_ms));
  if (facts.ping_min_ms >= 0) out.field("minping", seconds(facts.ping_min_ms));
  if (facts.waits_for_pong_ms >= 0) out.field("pingwait", seconds(facts.waits_for_pong_ms));
  out.field("version", portrait.protocol_said);
  out.field("subver", harmless(portrait.user_agent));
  out.field("inbound", is_inbound);
  out.field("bip152_hb_to", facts.announces_compact);
  out.field("bip152_hb_from", facts.wants_compact);
  out.field("presynced_headers", facts.presync_height);
  out.field("synced_headers", facts.best_known == nullptr ? -1 : facts.best_known->height);
  const chain::Entry* common = view.fork_with(facts.best_known);
  out.field("synced_blocks", common == nullptr ? -1 : common->height);
  out.key("inflight");
  out.begin_array();
  for (const Height height : facts.in_flight) out.int64(height);
  out.end_array();
  out.field("addr_relay_enabled", facts.addresses.takes_part);
  out.field("addr_processed", facts.addresses.processed);
  out.field("addr_rate_limited", facts.addresses.rate_limited);
  out.key("permissions");
  out.begin_array();
  for (const std::string_view name : facts.who.permissions.names()) out.string(name);
  out.end_array();
  out.field_amount("minfeefilter", facts.fee_filter_per_kvb);
  write_counts(out, "bytessent_per_msg", report.sent_by_message);
  write_counts(out, "bytesrecv_per_msg", report.received_by_message);
  out.field("connection_type", name_of(facts.who.kind));
  out.field("transport_protocol_type", report.transport);
  out.field("session_id", report.session_id);
  write_costs(out, report);
  out.end_object();
}

Answer get_peer_info(Context& context, const Arguments&, json::Writer& out) {
  KP_TRY(const PeerNetwork* peers, peers_of(context));
  const auto view = context.engine().view();
  out.begin_array();
  for (const PeerReport& report : peers->peers()) write_peer(out, report, *view);
  out.end_array();
  return Unit{};
}

Answer get_connection_count(Context& context, const Arguments&, json::Writer& out) {
  KP_TRY(const PeerNetwork* peers, peers_of(context));
  const auto totals = peers->totals();
  out.uint64(totals.inbound + totals.outbound);
  return Unit{};
}

// What waits to be announced, and what the peer that is furthest behind may be told at once.
void write_backlogs(json::Writer& out, const PeerNetwork* peers) {
  using Relay = gossip::TransactionRelay;
  out.key("inv_buckets");
  out.begin_object();
  for (const auto& [name, side] : {std::pair{"inbound", Relay::Side::Inbound}, {"outbound", Relay::Side::Outbound}}) {
    const Relay::Backlog backlog = peers == nullptr ? Relay::Backlog{} : peers->backlog(side);
    out.key(name);
    out.begin_object();
    out.field("backlog", backlog.transactions);
    out.field("count_tok", static_cast<std::int64_t>(backlog.count_left));
    out.field("size_tok", static_cast<std::int64_t>(backlog.bytes_left));
    out.end_object();
  }
  out.end_object();
}

void write_networks(json::Writer& out, const PeerNetwork* peers) {
  out.key("networks");
  out.begin_array();
  for (const auto& report : peers == nullptr ? std::vector<PeerNetwork::NetworkReport>{} : peers->networks()) {
    out.begin_object();
    out.field("name", wire::name_of(report.network));
    out.field("limited", !report.is_reachable);
    out.field("reachable", report.is_reachable);
    out.field("proxy", report.proxy);
    out.field("proxy_randomize_credentials", report.isolates);
    out.end_object();
  }
  out.end_array();
}

void write_own_addresses(json::Writer& out, const PeerNetwork* peers) {
  out.key("localaddresses");
  out.begin_array();
  for (const auto& own : peers == nullptr ? std::vector<gossip::OwnAddresses::Own>{} : peers->own_addresses()) {
    out.begin_object();
    out.field("address", own.endpoint.address.to_string());
    out.field("port", own.endpoint.port);
    out.field("score", static_cast<int>(own.source));
    out.end_object();
  }
  out.end_array();
}

Answer get_network_info(Context& context, const Arguments&, json::Writer& out) {
  const PeerNetwork* peers = context.services().peers;
  const auto* mempool = context.services().mempool;
  const auto totals = peers == nullptr ? PeerNetwork::Totals{} : peers->totals();
  out.begin_object();
  out.field("version", kVersionShown);
  out.field("subversion", context.services().user_agent);
  out.field("protocolversion", gossip::kProtocolVersion);
  write_services(out, "localservices", peers == nullptr ? 0 : peers->services());
  out.field("localrelay", peers != nullptr && peers->relays_transactions());
  out.field("timeoffset", peers == nullptr ? 0 : peers->time_offset_seconds());
  out.field("tx_send_rate", static_cast<std::int64_t>(peers == nullptr ? 0 : peers->announced_per_second()));
  write_backlogs(out, peers);
  out.field("connections", totals.inbound + totals.outbound);
  out.field("connections_in", totals.inbound);
  out.field("connections_out", totals.outbound);
  out.field("networkactive", peers != nullptr && totals.is_active);
  write_networks(out, peers);
  const policy::Policy policy = mempool == nullptr ? policy::Policy{} : mempool->options().admission.policy;
  out.field_amount("relayfee", policy.min_relay.sats_per_kvb);
  out.field_amount("incrementalfee", policy.incremental.sats_per_kvb);
  write_own_addresses(out, peers);
  write_warnings(out, context);
  out.end_object();
  return Unit{};
}

Answer get_net_totals(Context& context, const Arguments&, json::Writer& out) {
  KP_TRY(const PeerNetwork* peers, peers_of(context));
  const auto totals = peers->totals();
  const auto upload = peers->upload();
  out.begin_object();
  out.field("totalbytesrecv", totals.bytes_received);
  out.field("totalbytessent", totals.bytes_sent);
  out.field("timemillis", context.clock().now().seconds * 1000);
  out.key("uploadtarget");
  out.begin_object();
  out.field("timeframe", gossip::UploadTarget::kCycleSeconds);
  out.field("target", upload.target);
  out.field("target_reached", upload.is_reached);
  out.field("serve_historical_blocks", upload.serves_historical);
  out.field("bytes_left_in_cycle", upload.bytes_left);
  out.field("time_left_in_cycle", upload.seconds_left);
  out.end_object();
  out.end_object();
  return Unit{};
}

Answer add_node(Context& context, const Arguments& arguments, json::Writer&) {
  const std::string_view command = arguments.string(1);
  if (command != "onetry" && command != "add" && command != "remove") return wrong_use(context, "addnode");
  KP_TRY(PeerNetwork * peers, peers_of(context));
  const auto wants_v2 = arguments.boolean(2);
  if (wants_v2.value_or(false) && (peers->services() & wire::kNodeP2pV2) == 0) {
    return fail(Code::InvalidParameter, "Error: v2transport requested but not enabled (see -v2transport)");
  }
  std::optional<peering::Protocol> protocol;
  if (wants_v2) protocol = *wants_v2 ? peering::Protocol::V2 : peering::Protocol::V1;
  KP_TRY(const net::Endpoint address, endpoint_from(context, arguments.string(0)));
  if (command == "onetry") {
    peers->connect_once(address, protocol);
  } else if (command == "add") {
    if (!peers->add_node(address, protocol)) return fail(Code::ClientNodeAlreadyAdded, "Error: Node already added");
  } else if (!peers->remove_node(address)) {
    return fail(Code::ClientNodeNotAdded, "Error: Node could not be removed. It has not been added previously.");
  }
  return Unit{};
}

Answer get_added_node_info(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const PeerNetwork* peers, peers_of(context));
  std::optional<net::Endpoint> wanted;
  if (!arguments.string(0).empty()) {
    KP_TRY(wanted, endpoint_from(context, arguments.string(0)));
  }
  auto nodes = peers->added_nodes();
  std::erase_if(nodes, [&](const auto& node) { return wanted && node.address != *wanted; });
  if (wanted && nodes.empty()) return fail(Code::ClientNodeNotAdded, "Error: Node has not been added.");
  out.begin_array();
  for (const peering::AddedNode& node : nodes) {
    out.begin_object();
    out.field("addednode", node.address.to_string());
    out.field("connected", node.connected.has_value());
    out.key("addresses");
    out.begin_array();
    if (node.connected) {
      out.begin_object();
      out.field("address", node.address.to_string());
      out.field("connected", *node.connected == gossip::Direction::Inbound ? "inbound" : "outbound");
      out.end_object();
    }
    out.end_array();
    out.end_object();
  }
  out.end_array();
  return Unit{};
}

Answer disconnect_node(Context& context, const Arguments& arguments, json::Writer&) {
  KP_TRY(PeerNetwork * peers, peers_of(context));
  const std::string_view address = arguments.string(0);
  const json::Value* id = arguments.find(1);
  const bool has_id = id != nullptr && !id->is_null();
  if (address.empty() == !has_id) {
    return fail(Code::InvalidParams, "Only one of address and nodeid should be provided.");
  }
  bool found = false;
  if (has_id) {
    KP_TRY(const auto number, arguments.integer<std::int64_t>(1));
    found = number > 0 && peers->disconnect(gossip::PeerId{static_cast<std::uint64_t>(number)});
  } else {
    KP_TRY(const net::Endpoint endpoint, endpoint_from(context, address));
    found = peers->disconnect(endpoint);
  }
  if (!found) return fail(Code::ClientNodeNotConnected, "Node not found in connected nodes");
  return Unit{};
}

Answer get_block_from_peer(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(PeerNetwork * peers, peers_of(context));
  KP_TRY(const auto hash, hash_from<BlockHash>(arguments.string(0), "blockhash"));
  KP_TRY(const auto id, arguments.integer<std::int64_t>(1));
  const validation::Engine& engine = context.engine();
  const chain::Entry* entry = engine.find(hash);
  if (entry == nullptr) return fail(Code::Misc, "Block header missing");
  // What lies above the tip will be fetched anyway, and pruning counts on blocks coming in order.
  if (engine.is_pruned() && entry->height > engine.view()->height()) {
    return fail(Code::Misc,
                "In prune mode, only blocks that the node has already synced previously can be fetched from a peer");
  }
  if (entry->has_data) return fail(Code::Misc, "Block already downloaded");
  const auto refused = id < 0 ? std::optional<std::string>{"Peer does not exist"}
                              : peers->fetch_block({static_cast<std::uint64_t>(id)}, *entry);
  if (refused) return fail(Code::Misc, *refused);
  out.begin_object();
  out.end_object();
  return Unit{};
}

Answer ping(Context& context, const Arguments&, json::Writer&) {
  KP_TRY(PeerNetwork * peers, peers_of(context));
  peers->ping_all();
  return Unit{};
}

Answer set_network_active(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(PeerNetwork * peers, peers_of(context));
  const bool is_active = arguments.boolean(0).value_or(false);
  peers->set_active(is_active);
  out.boolean(is_active);
  return Unit{};
}

// --- the table -------------------------------------------------------------------------------------------------------

constexpr std::array kAddParameters{
    Parameter{.name = "node", .description = "Address of the node, with or without a port"},
    Parameter{.name = "command", .description = "add: stay connected; remove: no longer; onetry: try once"},
    Parameter{.name = "v2transport",
              .type = Type::Boolean,
              .need = Need::Optional,
              .description = "Try version 2 of the transport first, or do not (default: as -v2transport says)"}};
constexpr std::array kAddedParameters{
    Parameter{.name = "node", .need = Need::Optional, .description = "Only this one of the added nodes"}};
constexpr std::array kDisconnectParameters{
    Parameter{.name = "address", .need = Need::Optional, .fallback = "", .description = "Address of the peer"},
    Parameter{.name = "nodeid", .type = Type::Number, .need = Need::Optional, .description = "Or its id"}};
constexpr std::array kFetchParameters{
    Parameter{.name = "blockhash", .type = Type::Hex, .description = "A block whose header is known"},
    Parameter{.name = "peer_id", .type = Type::Number, .description = "The peer to ask (see getpeerinfo)"}};
constexpr std::array kActiveParameters{
    Parameter{.name = "state", .type = Type::Boolean, .description = "false closes all connections"}};

constexpr std::array kMethods{
    Method{.name = "addnode",
           .category = Category::Network,
           .parameters = kAddParameters,
           .description = "Says whom to stay connected with, or tries a connection once.",
           .result = "null",
           .examples = "addnode 192.168.0.6:8333 onetry",
           .handler = add_node},
    Method{.name = "disconnectnode",
           .category = Category::Network,
           .parameters = kDisconnectParameters,
           .description = "Ends a connection, by address or by id.",
           .result = "null",
           .examples = "disconnectnode 192.168.0.6:8333\ndisconnectnode \"\" 1",
           .handler = disconnect_node},
    Method{.name = "getaddednodeinfo",
           .category = Category::Network,
           .parameters = kAddedParameters,
           .description = "The nodes that were added, and whether they are connected.",
           .result = "[{\"addednode\":\"str\",\"connected\":true|false,\"addresses\":[...]},...]",
           .examples = "getaddednodeinfo",
           .handler = get_added_node_info},
    Method{.name = "getblockfrompeer",
           .category = Category::Blockchain,
           .parameters = kFetchParameters,
           .description =
               "Asks a peer for a block that is not here. The answer comes before the block does; what a pruned "
               "node fetches so is kept until the next pruning.",
           .result = "{}",
           .examples = "getblockfrompeer \"00000000c937983704a73af28acdec37b049d214adbda81d7e2a3dd146f6ed09\" 0",
           .handler = get_block_from_peer},
    Method{.name = "getconnectioncount",
           .category = Category::Network,
           .description = "The number of connections.",
           .result = "n",
           .examples = "getconnectioncount",
           .handler = get_connection_count},
    Method{.name = "getnettotals",
           .category = Category::Network,
           .description = "Bytes sent and received since the start.",
           .result = "{\"totalbytesrecv\":n,\"totalbytessent\":n,\"timemillis\":n,\"uploadtarget\":{...}}",
           .examples = "getnettotals",
           .handler = get_net_totals},
    Method{.name = "getnetworkinfo",
           .category = Category::Network,
           .description = "What the node is on the network.",
           .result = "{\"version\":n,\"subversion\":\"str\",\"protocolversion\":n,...}",
           .examples = "getnetworkinfo",
           .handler = get_network_info},
    Method{.name = "getpeerinfo",
           .category = Category::Network,
           .description = "All that is known of each peer.",
           .result = "[{\"id\":n,\"addr\":\"str\",...},...]",
           .examples = "getpeerinfo",
           .handler = get_peer_info},
    Method{.name = "ping",
           .category = Category::Network,
           .description = "Asks every peer for a sign of life; getpeerinfo shows how long the answers took.",
           .result = "null",
           .examples = "ping",
           .handler = ping},
    Method{.name = "setnetworkactive",
           .category = Category::Network,
           .parameters = kActiveParameters,
           .description = "Switches all connections with peers off or on.",
           .result = "true|false",
           .examples = "setnetworkactive false",
           .handler = set_network_active}};

}  // namespace

std::span<const Method> network_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
