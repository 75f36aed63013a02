// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The family "peer tests": hidden methods that put peers into a certain state.

#include <algorithm>
#include <array>

#include <kepeng/base/hex.h>
#include <kepeng/rpc/families.h>

#include "network_arguments.h"

namespace kepeng::rpc {
namespace {

using gossip::ConnectionKind;
using peering::PeerNetwork;

constexpr std::size_t kMessageNameMax = 12;
constexpr std::array kKinds{ConnectionKind::FullRelay, ConnectionKind::BlockRelay, ConnectionKind::AddressFetch,
                            ConnectionKind::Feeler};

Answer add_connection(Context& context, const Arguments& arguments, json::Writer& out) {
  if (!context.network().is_mockable()) {
    return fail(Code::Misc, "addconnection is for regression testing (-regtest mode) only.");
  }
  KP_TRY(PeerNetwork * peers, peers_of(context));
  KP_TRY(const net::Endpoint address, endpoint_from(context, arguments.string(0)));
  const std::string_view name = arguments.string(1);
  const auto kind =
      std::find_if(kKinds.begin(), kKinds.end(), [&](ConnectionKind one) { return name_of(one) == name; });
  if (kind == kKinds.end()) return fail(Code::InvalidParameter, std::string{"Invalid connection type"});
  const bool wants_v2 = arguments.boolean(2).value_or(false);
  if (wants_v2 && (peers->services() & wire::kNodeP2pV2) == 0) {
    return fail(Code::InvalidParameter,
                "Error: Adding v2transport connections requires -v2transport init flag to be set.");
  }
  if (!peers->open_connection(address, *kind, wants_v2 ? peering::Protocol::V2 : peering::Protocol::V1)) {
    return fail(Code::ClientNodeCapacityReached, "Error: Already at capacity for specified connection type.");
  }
  out.begin_object();
  out.field("address", address.to_string());
  out.field("connection_type", name);
  out.end_object();
  return Unit{};
}

Answer send_message(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto id, arguments.integer<std::uint64_t>(0));
  const std::string_view name = arguments.string(1);
  if (name.size() > kMessageNameMax) {
    return fail(Code::InvalidParameter, "Error: msg_type too long, max length is " + std::to_string(kMessageNameMax));
  }
  auto payload = from_hex(arguments.string(2));
  if (!payload) return fail(Code::DeserializationError, "Error parsing input for msg");
  KP_TRY(PeerNetwork * peers, peers_of(context));
  if (!peers->send_message({id}, name, std::move(*payload))) {
    return fail(Code::Misc, "Error: Could not send message to peer");
  }
  out.begin_object();
  out.end_object();
  return Unit{};
}

constexpr std::array kConnectionParameters{
    Parameter{.name = "address", .description = "Of the node, with or without a port"},
    Parameter{.name = "connection_type", .description = "outbound-full-relay, block-relay-only, addr-fetch or feeler"},
    Parameter{.name = "v2transport", .type = Type::Boolean, .description = "Try BIP324 first"}};
constexpr std::array kSendParameters{
    Parameter{.name = "peer_id", .type = Type::Number, .description = "The peer (see getpeerinfo)"},
    Parameter{.name = "msg_type", .description = "The name of the message"},
    Parameter{.name = "msg", .description = "Its payload in hex; any bytes"}};

constexpr std::array kMethods{
    Method{.name = "addconnection",
           .category = Category::Hidden,
           .parameters = kConnectionParameters,
           .description = "Opens a connection of one of the kinds that the node opens by itself. Regtest only.",
           .result = "{\"address\":\"str\",\"connection_type\":\"str\"}",
           .examples = "addconnection 127.0.0.1:8333 feeler true",
           .handler = add_connection},
    Method{.name = "sendmsgtopeer",
           .category = Category::Hidden,
           .parameters = kSendParameters,
           .description = "Sends bytes of your choice to a peer as a message. For tests.",
           .result = "{}",
           .examples = "sendmsgtopeer 0 addr ffffff",
           .handler = send_message}};

}  // namespace

std::span<const Method> peer_test_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
