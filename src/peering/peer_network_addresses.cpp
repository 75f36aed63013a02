// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// PeerNetwork's door to what is remembered of nodes: bans and the address book.

#include "core.h"

namespace kepeng::peering {

using gossip::AddressBook;

bool PeerNetwork::ban(const wire::Subnet& subnet, const gossip::Ban& ban) {
  const auto act = [&, core = core_.get()] {
    if (!core->memory.bans.ban(subnet, ban)) return false;
    core->end_banned(subnet);
    core->server->post(core->memory.save_bans());
    return true;
  };
  return core_->ask(act).value_or(false);
}

bool PeerNetwork::unban(const wire::Subnet& subnet) {
  const auto act = [&, core = core_.get()] {
    if (!core->memory.bans.unban(subnet)) return false;
    core->server->post(core->memory.save_bans());
    return true;
  };
  return core_->ask(act).value_or(false);
}

void PeerNetwork::clear_bans() {
  core_->ask([core = core_.get()] {
    core->memory.bans.clear();
    core->server->post(core->memory.save_bans());
    return true;
  });
}

std::vector<gossip::BanList::Entry> PeerNetwork::bans() const {
  const auto look = [core = core_.get()] {
    core->memory.bans.sweep(core->clock.now());
    return core->memory.bans.entries();
  };
  return core_->ask(look).value_or(std::vector<gossip::BanList::Entry>{});
}

std::vector<PeerNetwork::BookEntry> PeerNetwork::book() const {
  const auto look = [core = core_.get()] {
    const AddressBook& book = core->memory.book;
    std::vector<BookEntry> all;
    for (const auto table : {AddressBook::Table::New, AddressBook::Table::Tried}) {
      book.visit(table, [&](AddressBook::Place place, const gossip::KnownAddress& known) {
        all.push_back({table, place, known, book.groups().asn_of(known.entry.endpoint.address),
                       book.groups().asn_of(known.source)});
      });
    }
    return all;
  };
  return core_->ask(look).value_or(std::vector<BookEntry>{});
}

std::map<wire::AddressNetwork, PeerNetwork::BookCounts> PeerNetwork::book_counts() const {
  using wire::AddressNetwork;
  const auto look = [core = core_.get()] {
    std::map<AddressNetwork, BookCounts> counts;
    for (const auto network : {AddressNetwork::Ipv4, AddressNetwork::Ipv6, AddressNetwork::Onion, AddressNetwork::I2p,
                               AddressNetwork::Cjdns}) {
      const AddressBook& book = core->memory.book;
      counts[network] = {book.count(AddressBook::Table::New, network), book.count(AddressBook::Table::Tried, network)};
    }
    return counts;
  };
  return core_->ask(look).value_or(std::map<AddressNetwork, BookCounts>{});
}

std::vector<wire::AddressEntry> PeerNetwork::sample_addresses(std::size_t count,
                                                              std::optional<wire::AddressNetwork> network) const {
  const auto look = [&, core = core_.get()] {
    const std::size_t most = count == 0 ? SIZE_MAX : count;
    const UnixTime now = core->clock.now();
    auto entries = core->memory.book.sample({.count_max = most, .percent_max = 100}, network, now);
    std::erase_if(entries, [&](const wire::AddressEntry& entry) {
      const wire::NetworkAddress& address = entry.endpoint.address;
      return core->memory.bans.is_banned(address, now) || core->memory.bans.is_discouraged(address);
    });
    return entries;
  };
  return core_->ask(look).value_or(std::vector<wire::AddressEntry>{});
}

PeerNetwork::Added PeerNetwork::add_address(const wire::AddressEntry& entry, AddressBook::Table table) {
  const auto act = [&, core = core_.get()] {
    const UnixTime now = core->clock.now();
    if (!core->memory.book.add({entry, entry.endpoint.address}, now)) return Added::NotToNew;
    const bool is_good = table == AddressBook::Table::New || core->memory.book.note_success(entry.endpoint, now);
    return is_good ? Added::Yes : Added::NotToTried;
  };
  return core_->ask(act).value_or(Added::NotToNew);
}

bool PeerNetwork::open_connection(const net::Endpoint& address, gossip::ConnectionKind kind, Protocol protocol) {
  const auto act = [&, core = core_.get()] {
    if (core->is_active) core->connect(address, kind, protocol);
    return core->is_active;
  };
  return core_->ask(act).value_or(false);
}

bool PeerNetwork::send_message(gossip::PeerId peer, std::string_view name, Bytes payload) {
  const auto act = [&, core = core_.get()] {
    Link* link = core->link_of(peer);
    if (link == nullptr || !link->transport->is_ready()) return false;
    core->send(*link, name, payload);
    return true;
  };
  return core_->ask(act).value_or(false);
}

std::vector<gossip::Orphanage::Orphan> PeerNetwork::orphans() const {
  return core_->ask([core = core_.get()] { return core->conversations->orphans(); })
      .value_or(std::vector<gossip::Orphanage::Orphan>{});
}

gossip::TransactionRelay::Backlog PeerNetwork::backlog(gossip::TransactionRelay::Side side) const {
  return core_->ask([side, core = core_.get()] { return core->conversations->backlog(side); })
      .value_or(gossip::TransactionRelay::Backlog{});
}

void PeerNetwork::tell_again(const Wtxid& wtxid) {
  core_->mailbox.post([core = core_.get(), wtxid] { core->conversations->tell_again(wtxid); });
}

std::optional<std::string> PeerNetwork::fetch_block(gossip::PeerId peer, const chain::Entry& entry) {
  const auto act = [&, core = core_.get()] {
    std::optional<std::string> refused;
    core->talk(
        [&](auto& conversation, auto at, auto& out) { refused = conversation.fetch_block(peer, entry, at, out); });
    return refused;
  };
  return core_->ask(act).value_or(std::string{"Peer does not exist"});
}

}  // namespace kepeng::peering
