// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_files/peers_dat.h>

#include <kepeng/base/files.h>

#include "set_aside.h"

namespace kepeng::peer_files {

using gossip::AddressBook;

Result<Unit, Fault> save_peers(Env& env, const std::string& path, const AddressBook& book,
                               const gossip::NetworkMagic& magic) {
  return write_file_atomically(env, path, gossip::write_peers_file(book, magic));
}

LoadedPeers load_peers(Env& env, const PeersToLoad& what) {
  std::optional<AddressBook> book;
  auto warning = read_or_set_aside(env, {what.path, kPeersBytesMax}, [&](ByteView bytes) -> Result<Unit, std::string> {
    KP_TRY(book, gossip::read_peers_file(bytes, what.magic, what.groups, what.fresh.random));
    return Unit{};
  });
  if (!book) book.emplace(what.fresh, what.groups);
  return {std::move(*book), std::move(warning)};
}

}  // namespace kepeng::peer_files
