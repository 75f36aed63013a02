// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Memory: what is known of nodes beyond their connections, and its files: peers.dat, banlist.json, anchors.dat.
// Private to peering.
//
// Peer thread, but for `Job`s, which write what was true when they were made and may run anywhere.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <kepeng/base/env.h>
#include <kepeng/base/log.h>
#include <kepeng/gossip/address_book.h>
#include <kepeng/gossip/ban_list.h>
#include <kepeng/params/network.h>

namespace kepeng::peering {

class Memory {
 public:
  struct Context {
    Env& env;
    Logger& log;
    const params::NetworkParams& network;
    std::string directory;  // empty: nothing is kept
  };
  Memory(const Context& context, gossip::AddressGroups groups, UnixTime now);

  gossip::AddressBook book;
  gossip::BanList bans;
  // Once: those of the last run.
  std::vector<wire::Endpoint> take_anchors();

  using Job = std::function<void()>;
  Job save_book() const;
  Job save_bans() const;
  void save_anchors(const std::vector<wire::Endpoint>& anchors) const;

 private:
  struct Loaded;
  Memory(const Context& context, Loaded loaded);
  std::string path(std::string_view name) const { return context_.directory + "/" + std::string{name}; }

  Context context_;
};

}  // namespace kepeng::peering
