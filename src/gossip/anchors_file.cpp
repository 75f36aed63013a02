// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/anchors_file.h>

#include <kepeng/crypto/sha256.h>

#include "address_record.h"

namespace kepeng::gossip {
namespace {

constexpr std::size_t kHashBytes = 32;
constexpr wire::Services kAnchorServices = wire::kNodeNetwork | wire::kNodeWitness;

}  // namespace

Bytes write_anchors_file(const std::vector<wire::Endpoint>& anchors, const NetworkMagic& magic) {
  Bytes file{magic.begin(), magic.end()};
  append_compact_size(file, anchors.size());
  for (const wire::Endpoint& anchor : anchors) append_address_record(file, {0, kAnchorServices, anchor});
  append(file, crypto::sha256d(file));
  return file;
}

Result<std::vector<wire::Endpoint>, std::string> read_anchors_file(ByteView file, const NetworkMagic& magic) {
  if (file.size() < magic.size() + kHashBytes) return Err{std::string{"it ends too early"}};
  if (!equal(file.first(magic.size()), magic)) return Err{std::string{"it belongs to another network"}};
  const ByteView hashed = file.first(file.size() - kHashBytes);
  if (!equal(crypto::sha256d(hashed), file.last(kHashBytes))) return Err{std::string{"its checksum is wrong"}};
  Cursor from{hashed.subspan(magic.size())};
  const std::uint64_t count = from.read_size();
  if (count > from.remaining() / kAddressRecordBytesMin) from.fail(DecodeError::Truncated);
  std::vector<wire::Endpoint> anchors;
  for (std::uint64_t i = 0; i < count && from.ok(); ++i) anchors.push_back(read_address_record(from).endpoint);
  if (!from.ok() || from.remaining() != 0) return Err{std::string{"its contents are damaged"}};
  return anchors;
}

}  // namespace kepeng::gossip
