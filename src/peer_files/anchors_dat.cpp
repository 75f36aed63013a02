// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_files/anchors_dat.h>

#include <kepeng/base/files.h>

namespace kepeng::peer_files {
namespace {

constexpr std::uint64_t kAnchorsBytesMax = 4096;  // of two addresses

}  // namespace

Result<Unit, Fault> save_anchors(Env& env, const std::string& path, const std::vector<wire::Endpoint>& anchors,
                                 const gossip::NetworkMagic& magic) {
  return write_file_atomically(env, path, gossip::write_anchors_file(anchors, magic));
}

std::vector<wire::Endpoint> take_anchors(Env& env, const std::string& path, const gossip::NetworkMagic& magic) {
  const auto bytes = read_file(env, path, kAnchorsBytesMax);
  if (!bytes && bytes.error().kind == FaultKind::NotFound) return {};
  static_cast<void>(env.remove(path));
  if (!bytes) return {};
  auto anchors = gossip::read_anchors_file(*bytes, magic);
  return anchors ? std::move(*anchors) : std::vector<wire::Endpoint>{};
}

}  // namespace kepeng::peer_files
