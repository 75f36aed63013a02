// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The family "private broadcast": transactions of ours on their way over Tor and I2P.

#include "private_broadcast.h"

#include <array>

#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>

#include "network_arguments.h"

namespace kepeng::rpc {

Answer send_privately(peering::PeerNetwork& peers, const TxPtr& tx) {
  using Answered = peering::PeerNetwork::PrivateAnswer;
  switch (peers.broadcast_privately(tx)) {
    case Answered::Taken:
      return Unit{};
    case Answered::NoWay:
      return fail(Code::Misc,
                  "-privatebroadcast is enabled, but none of the Tor or I2P networks is reachable. Maybe the location "
                  "of the Tor proxy couldn't be retrieved from the Tor daemon at startup. Check whether the Tor daemon "
                  "is running and that -torcontrol, -torpassword and -i2psam are configured properly.");
    case Answered::NoRoom:
      return fail(Code::Misc,
                  "Too many transactions wait for their private broadcast. Wait until some have come back from the "
                  "network, or give some up with abortprivatebroadcast.");
  }
  return Unit{};
}

namespace {

void write_ids(json::Writer& out, const Transaction& tx) {
  out.key("txid"), out.hex_reversed(tx.txid.view());
  out.key("wtxid"), out.hex_reversed(tx.wtxid.view());
  out.field_hex("hex", tx.raw);
}

Answer get_private_broadcast_info(Context& context, const Arguments&, json::Writer& out) {
  KP_TRY(const auto* peers, peers_of(context));
  out.begin_object();
  out.key("transactions");
  out.begin_array();
  for (const auto& report : peers->private_broadcasts()) {
    out.begin_object();
    write_ids(out, *report.tx);
    out.field("time_added", report.added.seconds);
    out.field("attempts_remaining", report.attempts_left);
    out.key("peers");
    out.begin_array();
    for (const auto& meeting : report.peers) {
      out.begin_object();
      out.field("address", meeting.peer.to_string());
      out.field("sent", meeting.sent.seconds);
      if (meeting.received) out.field("received", meeting.received->seconds);
      out.end_object();
    }
    out.end_array();
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return Unit{};
}

Answer abort_private_broadcast(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto id, hash_from<Txid>(arguments.string(0), "id"));
  KP_TRY(auto* peers, peers_of(context));
  const auto removed = peers->abort_private_broadcast(id.bytes);
  if (removed.empty()) {
    return fail(Code::InvalidAddressOrKey,
                "Transaction not in private broadcast queue. Check getprivatebroadcastinfo.");
  }
  out.begin_object();
  out.key("removed_transactions");
  out.begin_array();
  for (const TxPtr& tx : removed) {
    out.begin_object();
    write_ids(out, *tx);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return Unit{};
}

constexpr std::array kAbortParameters{
    Parameter{.name = "id", .type = Type::Hex, .description = "Of a transaction: txid or wtxid"}};

constexpr std::array kMethods{
    Method{.name = "abortprivatebroadcast",
           .category = Category::Rawtransactions,
           .parameters = kAbortParameters,
           .description = "Sends a transaction no more that is on its way by -privatebroadcast. Who has got it already "
                          "may tell others of it.",
           .result = "{\"removed_transactions\":[{\"txid\":\"hex\",\"wtxid\":\"hex\",\"hex\":\"hex\"},...]}",
           .examples = "abortprivatebroadcast \"id\"",
           .handler = abort_private_broadcast},
    Method{.name = "getprivatebroadcastinfo",
           .category = Category::Rawtransactions,
           .description = "Transactions on their way by -privatebroadcast: not yet back from the network.",
           .result = "{\"transactions\":[{\"txid\":\"hex\",\"wtxid\":\"hex\",\"hex\":\"hex\",\"time_added\":n,"
                     "\"attempts_remaining\":n,\"peers\":[{\"address\":\"str\",\"sent\":n,\"received\":n},...]},...]}",
           .examples = "getprivatebroadcastinfo",
           .handler = get_private_broadcast_info}};

}  // namespace

std::span<const Method> private_broadcast_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
