// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The family "addresses": the book of other nodes' addresses.

#include <algorithm>
#include <array>

#include <kepeng/rpc/families.h>

#include "network_arguments.h"

namespace kepeng::rpc {
namespace {

using peering::PeerNetwork;
using Table = gossip::AddressBook::Table;

constexpr std::array kNetworks{wire::AddressNetwork::Ipv4, wire::AddressNetwork::Ipv6, wire::AddressNetwork::Onion,
                               wire::AddressNetwork::I2p, wire::AddressNetwork::Cjdns};

Result<std::optional<wire::AddressNetwork>, RpcError> network_from(std::string_view name) {
  if (name.empty()) return std::optional<wire::AddressNetwork>{};
  const auto found = std::find_if(kNetworks.begin(), kNetworks.end(),
                                  [&](wire::AddressNetwork network) { return wire::name_of(network) == name; });
  if (found == kNetworks.end()) return fail(Code::InvalidParameter, "Network not recognized: " + std::string{name});
  return std::optional{*found};
}

Answer get_node_addresses(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const PeerNetwork* peers, peers_of(context));
  KP_TRY(const int count, arguments.integer<int>(0, 1));
  if (count < 0) return fail(Code::InvalidParameter, "Address count out of range");
  KP_TRY(const auto network, network_from(arguments.string(1)));
  out.begin_array();
  for (const wire::AddressEntry& entry : peers->sample_addresses(static_cast<std::size_t>(count), network)) {
    out.begin_object();
    out.field("time", entry.last_seen);
    out.field("services", entry.services);
    out.field("address", entry.endpoint.address.to_string());
    out.field("port", entry.endpoint.port);
    out.field("network", wire::name_of(entry.endpoint.address.network()));
    out.end_object();
  }
  out.end_array();
  return Unit{};
}

void write_counts(json::Writer& out, std::string_view name, const PeerNetwork::BookCounts& counts) {
  out.key(name);
  out.begin_object();
  out.field("new", counts.fresh);
  out.field("tried", counts.tried);
  out.field("total", counts.fresh + counts.tried);
  out.end_object();
}

Answer get_addrman_info(Context& context, const Arguments&, json::Writer& out) {
  KP_TRY(const PeerNetwork* peers, peers_of(context));
  const auto counts = peers->book_counts();
  PeerNetwork::BookCounts all;
  out.begin_object();
  for (const auto& [network, of] : counts) {
    write_counts(out, wire::name_of(network), of);
    all.fresh += of.fresh;
    all.tried += of.tried;
  }
  write_counts(out, "all_networks", all);
  out.end_object();
  return Unit{};
}

void write_table(json::Writer& out, const std::vector<PeerNetwork::BookEntry>& entries, Table table) {
  out.key(table == Table::New ? "new" : "tried");
  out.begin_object();
  for (const auto& entry : entries) {
    if (entry.table != table) continue;
    const wire::AddressEntry& address = entry.known.entry;
    out.key(std::to_string(entry.place.bucket) + "/" + std::to_string(entry.place.position));
    out.begin_object();
    out.field("address", address.endpoint.address.to_string());
    if (entry.mapped_as != 0) out.field("mapped_as", entry.mapped_as);
    out.field("port", address.endpoint.port);
    out.field("network", wire::name_of(address.endpoint.address.network()));
    out.field("services", address.services);
    out.field("time", address.last_seen);
    out.field("source", entry.known.source.to_string());
    out.field("source_network", wire::name_of(entry.known.source.network()));
    if (entry.source_mapped_as != 0) out.field("source_mapped_as", entry.source_mapped_as);
    out.end_object();
  }
  out.end_object();
}

Answer get_raw_addrman(Context& context, const Arguments&, json::Writer& out) {
  KP_TRY(const PeerNetwork* peers, peers_of(context));
  const auto entries = peers->book();
  out.begin_object();
  write_table(out, entries, Table::New);
  write_table(out, entries, Table::Tried);
  out.end_object();
  return Unit{};
}

Answer add_peer_address(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(PeerNetwork * peers, peers_of(context));
  const auto address = wire::NetworkAddress::from_string(arguments.string(0), peers->fc00());
  KP_TRY(const auto port, arguments.integer<std::uint16_t>(1));
  if (!address) return fail(Code::ClientInvalidIpOrSubnet, "Invalid IP address");
  const auto now = std::clamp<std::int64_t>(context.clock().now().seconds, 0, UINT32_MAX);
  const wire::AddressEntry entry{
      static_cast<std::uint32_t>(now), wire::kNodeNetwork | wire::kNodeWitness, {*address, port}};
  const Table table = arguments.boolean(2).value_or(false) ? Table::Tried : Table::New;
  const auto added = peers->add_address(entry, table);
  out.begin_object();
  out.field("success", added == PeerNetwork::Added::Yes);
  if (added == PeerNetwork::Added::NotToNew) out.field("error", "failed-adding-to-new");
  if (added == PeerNetwork::Added::NotToTried) out.field("error", "failed-adding-to-tried");
  out.end_object();
  return Unit{};
}

constexpr std::array kNodeParameters{
    Parameter{.name = "count",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "1",
              .description = "How many at most (0: all that are worth it)"},
    Parameter{
        .name = "network", .need = Need::Optional, .description = "Only this one: ipv4, ipv6, onion, i2p, cjdns"}};
constexpr std::array kAddParameters{Parameter{.name = "address", .description = "Of a node"},
                                    Parameter{.name = "port", .type = Type::Number, .description = "Its port"},
                                    Parameter{.name = "tried",
                                              .type = Type::Boolean,
                                              .need = Need::Optional,
                                              .fallback = "false",
                                              .description = "As if we had been there"}};

constexpr std::array kMethods{
    Method{.name = "addpeeraddress",
           .category = Category::Hidden,
           .parameters = kAddParameters,
           .description = "Puts an address into the book, as if it had told us of itself. For tests.",
           .result = "{\"success\":true|false,\"error\":\"str\"}",
           .examples = "addpeeraddress 1.2.3.4 8333 true",
           .handler = add_peer_address},
    Method{.name = "getaddrmaninfo",
           .category = Category::Network,
           .description = "How many addresses of other nodes are known, by network.",
           .result = "{\"network\":{\"new\":n,\"tried\":n,\"total\":n},...}",
           .examples = "getaddrmaninfo",
           .handler = get_addrman_info},
    Method{.name = "getnodeaddresses",
           .category = Category::Network,
           .parameters = kNodeParameters,
           .description = "Addresses of other nodes, chosen at random from those that are known.",
           .result = "[{\"time\":n,\"services\":n,\"address\":\"str\",\"port\":n,\"network\":\"str\"},...]",
           .examples = "getnodeaddresses 8\ngetnodeaddresses 4 i2p",
           .handler = get_node_addresses},
    Method{.name = "getrawaddrman",
           .category = Category::Hidden,
           .description = "Every occupied place of the address book.",
           .result = "{\"new\":{\"bucket/position\":{...},...},\"tried\":{...}}",
           .examples = "getrawaddrman",
           .handler = get_raw_addrman}};

}  // namespace

std::span<const Method> address_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
