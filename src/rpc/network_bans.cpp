// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The family "bans": whom the operator does not want.

#include <array>

#include <kepeng/rpc/families.h>

#include "network_arguments.h"

namespace kepeng::rpc {
namespace {

using peering::PeerNetwork;

Result<wire::Subnet, RpcError> subnet_from(const PeerNetwork& peers, std::string_view text) {
  const auto subnet = wire::Subnet::from_string(text, peers.fc00());
  if (!subnet) return fail(Code::ClientInvalidIpOrSubnet, "Error: Invalid IP/Subnet");
  return *subnet;
}

// Banned as a whole, by this ban or by a wider one.
bool is_banned(const std::vector<gossip::BanList::Entry>& bans, const wire::Subnet& subnet, bool is_single) {
  for (const auto& entry : bans) {
    if (entry.subnet == subnet || (is_single && entry.subnet.contains(subnet.base()))) return true;
  }
  return false;
}

Result<UnixTime, RpcError> end_of_ban(const Context& context, const Arguments& arguments) {
  constexpr std::int64_t kEndOfTime = std::int64_t{1} << 40;
  KP_TRY(const auto said, arguments.integer<std::int64_t>(2));
  const UnixTime now = context.clock().now();
  const bool is_absolute = arguments.boolean(3).value_or(false);
  if (is_absolute && said < now.seconds) {
    return fail(Code::InvalidParameter, "Error: Absolute timestamp is in the past");
  }
  if (is_absolute) return UnixTime{std::min(said, kEndOfTime)};
  const std::int64_t seconds = said > 0 ? said : context.services().ban_seconds;
  return UnixTime{std::min(seconds, kEndOfTime - now.seconds) + now.seconds};
}

Answer set_ban(Context& context, const Arguments& arguments, json::Writer&) {
  const std::string_view text = arguments.string(0);
  const std::string_view command = arguments.string(1);
  if (command != "add" && command != "remove") return wrong_use(context, "setban");
  KP_TRY(PeerNetwork * peers, peers_of(context));
  KP_TRY(const wire::Subnet subnet, subnet_from(*peers, text));
  if (command == "remove") {
    if (!peers->unban(subnet)) {
      return fail(Code::ClientInvalidIpOrSubnet,
                  "Error: Unban failed. Requested address/subnet was not previously manually banned.");
    }
    return Unit{};
  }
  const bool is_single = text.find('/') == std::string_view::npos;
  if (is_banned(peers->bans(), subnet, is_single)) {
    return fail(Code::ClientNodeAlreadyAdded, "Error: IP/Subnet already banned");
  }
  KP_TRY(const UnixTime until, end_of_ban(context, arguments));
  peers->ban(subnet, {context.clock().now(), until});
  return Unit{};
}

Answer list_banned(Context& context, const Arguments&, json::Writer& out) {
  KP_TRY(const PeerNetwork* peers, peers_of(context));
  const UnixTime now = context.clock().now();
  out.begin_array();
  for (const auto& [subnet, ban] : peers->bans()) {
    out.begin_object();
    // With the number of bits even where it is a single address, as clients know it.
    const bool is_bare = subnet.to_string().find('/') == std::string::npos && subnet.base().has_v1_form();
    out.field("address", subnet.to_string() + (is_bare ? "/" + std::to_string(subnet.bits()) : ""));
    out.field("ban_created", ban.created.seconds);
    out.field("banned_until", ban.until.seconds);
    out.field("ban_duration", ban.until - ban.created);
    out.field("time_remaining", ban.until - now);
    out.end_object();
  }
  out.end_array();
  return Unit{};
}

Answer clear_banned(Context& context, const Arguments&, json::Writer&) {
  KP_TRY(PeerNetwork * peers, peers_of(context));
  peers->clear_bans();
  return Unit{};
}

constexpr std::array kBanParameters{
    Parameter{.name = "subnet", .description = "An address, or a network as 1.2.3.0/24"},
    Parameter{.name = "command", .description = "add or remove"},
    Parameter{.name = "bantime",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "0",
              .description = "Seconds that it lasts, or the time of its end (0: as -bantime says)"},
    Parameter{.name = "absolute",
              .type = Type::Boolean,
              .need = Need::Optional,
              .fallback = "false",
              .description = "bantime is a point in time"}};

constexpr std::array kMethods{
    Method{.name = "clearbanned",
           .category = Category::Network,
           .description = "Removes all bans.",
           .result = "null",
           .examples = "clearbanned",
           .handler = clear_banned},
    Method{.name = "listbanned",
           .category = Category::Network,
           .description = "The addresses and networks that are banned.",
           .result = "[{\"address\":\"str\",\"ban_created\":n,\"banned_until\":n,\"ban_duration\":n,"
                     "\"time_remaining\":n},...]",
           .examples = "listbanned",
           .handler = list_banned},
    Method{.name = "setban",
           .category = Category::Network,
           .parameters = kBanParameters,
           .description = "Bans an address or a network, or ends a ban. Who is connected from there has to go.",
           .result = "null",
           .examples = "setban 192.168.0.6 add 86400\nsetban 192.168.0.0/24 add",
           .handler = set_ban}};

}  // namespace

std::span<const Method> ban_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
