// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// peers.dat: the address book in its file.
//
// Saving leaves the whole old file or the whole new one (reliability D-10). Loading always gives a book: without a file
// a fresh one, and the same where the file is of no use; that one is set aside under its name and ".damaged", and the
// warning says so. Functions without state; one caller at a time for one path.
#pragma once

#include <optional>
#include <string>

#include <kepeng/base/env.h>
#include <kepeng/gossip/peers_file.h>

namespace kepeng::peer_files {

// Both tables full, every address of the longest kind, are a third less.
inline constexpr std::uint64_t kPeersBytesMax = 12u << 20;

Result<Unit, Fault> save_peers(Env& env, const std::string& path, const gossip::AddressBook& book,
                               const gossip::NetworkMagic& magic);

struct PeersToLoad {
  std::string path;
  gossip::NetworkMagic magic;
  gossip::AddressGroups groups;
  gossip::AddressBook::Secrets fresh;  // the key for a book that begins anew; the randomness for any
};
struct LoadedPeers {
  gossip::AddressBook book;
  std::optional<std::string> warning;
};
LoadedPeers load_peers(Env& env, const PeersToLoad& what);

}  // namespace kepeng::peer_files
