// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/taproot.h>

#include <algorithm>

#include <kepeng/crypto/schnorr.h>
#include <kepeng/crypto/sha256.h>

#include "hash_writing.h"

namespace kepeng::script {
namespace {

const crypto::TaggedHasher& leaf_tag() {
  static const crypto::TaggedHasher tag{"TapLeaf"};
  return tag;
}

const crypto::TaggedHasher& branch_tag() {
  static const crypto::TaggedHasher tag{"TapBranch"};
  return tag;
}

const crypto::TaggedHasher& tweak_tag() {
  static const crypto::TaggedHasher tag{"TapTweak"};
  return tag;
}

ByteView internal_key_of(ByteView control_block) {
  return control_block.subspan(1, 32);
}

}  // namespace

bool is_control_block_size(std::size_t size) {
  if (size < kControlBaseSize || size > kControlBaseSize + kControlNodesMax * kControlNodeSize) return false;
  return (size - kControlBaseSize) % kControlNodeSize == 0;
}

crypto::Hash32 tap_leaf_hash(const TapLeaf& leaf) {
  crypto::Sha256 hasher = leaf_tag().start();
  write_le(hasher, leaf.version);
  write_var_bytes(hasher, leaf.script);
  return hasher.finalize();
}

crypto::Hash32 tap_branch_hash(ByteView one, ByteView other) {
  const bool in_order = std::lexicographical_compare(one.begin(), one.end(), other.begin(), other.end());
  return branch_tag().start().write(in_order ? one : other).write(in_order ? other : one).finalize();
}

crypto::Hash32 tap_tweak_hash(ByteView internal_key, ByteView root) {
  return tweak_tag().start().write(internal_key).write(root).finalize();
}

crypto::Hash32 tap_merkle_root(ByteView control_block, const crypto::Hash32& leaf_hash) {
  KP_ASSERT(is_control_block_size(control_block.size()));
  crypto::Hash32 hash = leaf_hash;
  for (std::size_t at = kControlBaseSize; at < control_block.size(); at += kControlNodeSize) {
    hash = tap_branch_hash(hash, control_block.subspan(at, kControlNodeSize));
  }
  return hash;
}

bool check_tap_commitment(ByteView control_block, ByteView output_key, const crypto::Hash32& leaf_hash) {
  const ByteView internal_key = internal_key_of(control_block);
  const crypto::Hash32 tweak = tap_tweak_hash(internal_key, tap_merkle_root(control_block, leaf_hash));
  crypto::TweakedKey output;
  KP_ASSERT(output_key.size() == output.key.size());
  std::copy(output_key.begin(), output_key.end(), output.key.begin());
  output.parity = (control_block[0] & 1) != 0 ? crypto::Parity::Odd : crypto::Parity::Even;
  return crypto::check_taproot_tweak(output, internal_key, tweak);
}

crypto::Hash32 annex_hash(ByteView annex) {
  crypto::Sha256 hasher;
  write_var_bytes(hasher, annex);
  return hasher.finalize();
}

}  // namespace kepeng::script
