// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/block_header.h>

#include <kepeng/crypto/sha256.h>

namespace kepeng {

std::array<std::uint8_t, BlockHeader::kSize> BlockHeader::encode() const {
  std::array<std::uint8_t, kSize> raw;
  store_le(raw.data(), version);
  std::memcpy(raw.data() + 4, previous.bytes.data(), 32);
  std::memcpy(raw.data() + 36, merkle_root.bytes.data(), 32);
  store_le(raw.data() + 68, time);
  store_le(raw.data() + 72, target.bits);
  store_le(raw.data() + 76, nonce);
  return raw;
}

BlockHeader BlockHeader::decode(const std::uint8_t* at) {
  BlockHeader header;
  header.version = load_le<std::int32_t>(at);
  header.previous = BlockHash::from_bytes(at + 4);
  header.merkle_root = MerkleRoot::from_bytes(at + 36);
  header.time = load_le<std::uint32_t>(at + 68);
  header.target.bits = load_le<std::uint32_t>(at + 72);
  header.nonce = load_le<std::uint32_t>(at + 76);
  return header;
}

BlockHash BlockHeader::hash() const {
  return {crypto::sha256d(encode())};
}

}  // namespace kepeng
