// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SaltedSet: remembers that something was seen, in a fixed number of bytes.
//
// A member is the first 128 bits of SHA-256 over a secret salt and its bytes, so nobody outside can aim two members at
// one place. The table is allocated once and never grows: each member has one bucket, and a full bucket drops its
// oldest one. Forgetting is allowed at any time, remembering what was never inserted is not. Thread-safe: the table is
// cut into shards, each behind a lock that is held for the scan of one bucket.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <kepeng/base/bytes.h>
#include <kepeng/base/guarded.h>
#include <kepeng/crypto/hash_types.h>
#include <kepeng/crypto/sha256.h>

namespace kepeng::script_cache {

// More than anybody needs; a larger wish is cut to it.
inline constexpr std::uint64_t kCacheBytesMax = std::uint64_t{1} << 34;

class SaltedSet {
 public:
  // 32 bytes from the kernel.
  static crypto::Hash32 fresh_salt();

  SaltedSet(std::uint64_t bytes_max, const crypto::Hash32& salt);

  // The salted hasher: write the member into it, with every part's length where it may vary.
  crypto::Sha256 start() const { return after_salt_; }

  bool contains(const crypto::Hash32& member) const;
  void insert(const crypto::Hash32& member);

  // What the table holds, at most `bytes_max` except that each shard has at least one bucket.
  std::uint64_t bytes() const;
  std::uint64_t members_max() const { return bytes() / sizeof(Bucket) * kSlots; }

 private:
  struct Tag {
    std::uint64_t low = 0;  // an empty slot has zero here, a member never
    std::uint64_t high = 0;
    friend bool operator==(const Tag&, const Tag&) = default;
  };
  static constexpr std::size_t kSlots = 7;
  struct alignas(64) Bucket {
    std::array<Tag, kSlots> slots{};
    std::uint64_t next = 0;  // the slot to overwrite
  };
  static constexpr std::size_t kShards = 64;
  using Shard = Guarded<std::vector<Bucket>>;

  struct Place {
    Tag tag;
    std::size_t shard = 0;
    std::size_t bucket = 0;
  };
  Place place_of(const crypto::Hash32& member) const;

  crypto::Sha256 after_salt_;
  std::size_t buckets_per_shard_;
  std::array<Shard, kShards> shards_;
};

}  // namespace kepeng::script_cache
