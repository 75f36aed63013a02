// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Taproot commitments (BIP341): leaves, branches, control blocks, the output key.
//
// Pure functions. A control block is 33 + 32 k bytes, k = 0 ... 128: leaf version and parity, internal key, and the
// path from the leaf to the root.
#pragma once

#include <cstdint>
#include <optional>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::script {

inline constexpr std::size_t kControlBaseSize = 33;
inline constexpr std::size_t kControlNodeSize = 32;
inline constexpr std::size_t kControlNodesMax = 128;
inline constexpr std::uint8_t kTapscriptLeafVersion = 0xc0;
inline constexpr std::uint8_t kAnnexTag = 0x50;

bool is_control_block_size(std::size_t size);
// The first byte without the parity bit.
constexpr std::uint8_t leaf_version_of(std::uint8_t first_control_byte) {
  return first_control_byte & 0xfe;
}

struct TapLeaf {
  std::uint8_t version = kTapscriptLeafVersion;
  ByteView script;
};

crypto::Hash32 tap_leaf_hash(const TapLeaf& leaf);
// The children in either order.
crypto::Hash32 tap_branch_hash(ByteView one, ByteView other);
// `root` is empty for an output without scripts. `internal_key` has 32 bytes.
crypto::Hash32 tap_tweak_hash(ByteView internal_key, ByteView root);
// Where the path of a well-sized control block leads from this leaf.
crypto::Hash32 tap_merkle_root(ByteView control_block, const crypto::Hash32& leaf_hash);
// Whether the output key (32 bytes) commits to the leaf; the control block has a permitted size.
bool check_tap_commitment(ByteView control_block, ByteView output_key, const crypto::Hash32& leaf_hash);

// SHA-256 of the annex with its length, as signatures commit to it.
crypto::Hash32 annex_hash(ByteView annex);

}  // namespace kepeng::script
