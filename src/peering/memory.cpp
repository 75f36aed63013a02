// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "memory.h"

#include <kepeng/peer_files/anchors_dat.h>
#include <kepeng/peer_files/banlist_json.h>
#include <kepeng/peer_files/peers_dat.h>

namespace kepeng::peering {
namespace {

using gossip::AddressBook;

constexpr std::string_view kBook = "peers.dat";
constexpr std::string_view kBans = "banlist.json";
constexpr std::string_view kAnchors = "anchors.dat";

crypto::SipHashKey fresh_key() {
  Prng random = Prng::from_system();
  return {random.next(), random.next()};
}

void say(Logger& log, const Result<Unit, Fault>& saved, const std::string& what) {
  if (!saved) KP_LOG_WARNING(log, "{} could not be saved: {}", what, saved.error().message);
}

}  // namespace

struct Memory::Loaded {
  AddressBook book;
  gossip::BanList bans{fresh_key()};

  static Loaded from(const Context& context, gossip::AddressGroups groups, UnixTime now) {
    if (context.directory.empty()) return {AddressBook{AddressBook::fresh_secrets(), std::move(groups)}};
    const std::string directory = context.directory + "/";
    auto read = peer_files::load_peers(context.env, {directory + std::string{kBook}, context.network.magic,
                                                     std::move(groups), AddressBook::fresh_secrets()});
    if (read.warning) KP_LOG_WARNING(context.log, "{}", *read.warning);
    Loaded loaded{std::move(read.book)};
    const auto warning = peer_files::load_bans(context.env, directory + std::string{kBans}, loaded.bans, now);
    if (warning) KP_LOG_WARNING(context.log, "{}", *warning);
    return loaded;
  }
};

Memory::Memory(const Context& context, gossip::AddressGroups groups, UnixTime now)
    : Memory{context, Loaded::from(context, std::move(groups), now)} {}

Memory::Memory(const Context& context, Loaded loaded)
    : book{std::move(loaded.book)}, bans{std::move(loaded.bans)}, context_{context} {}

std::vector<wire::Endpoint> Memory::take_anchors() {
  if (context_.directory.empty()) return {};
  return peer_files::take_anchors(context_.env, path(kAnchors), context_.network.magic);
}

Memory::Job Memory::save_book() const {
  if (context_.directory.empty()) return [] {};
  return [with = context_, to = path(kBook), book = book] {
    say(with.log, peer_files::save_peers(with.env, to, book, with.network.magic), "The addresses of other nodes");
  };
}

Memory::Job Memory::save_bans() const {
  if (context_.directory.empty()) return [] {};
  return [with = context_, to = path(kBans), bans = bans] {
    say(with.log, peer_files::save_bans(with.env, to, bans), "The list of bans");
  };
}

void Memory::save_anchors(const std::vector<wire::Endpoint>& anchors) const {
  if (context_.directory.empty() || anchors.empty()) return;
  say(context_.log, peer_files::save_anchors(context_.env, path(kAnchors), anchors, context_.network.magic),
      "The anchors");
}

}  // namespace kepeng::peering
