// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// RecentSet: remembers at least the last `remembers` things that were put into it, and at most twice as many.
//
// Two generations of keyed 64-bit hashes: when the younger is full, the older is forgotten. Memory is bounded and
// reserved as it fills (at most 64 bytes for each thing to be remembered); a stranger is taken for a known one by a
// chance of one in 2^46 even with 100,000 inside, and nobody without the key can arrange for it. One thread.
#pragma once

#include <vector>

#include <kepeng/crypto/siphash.h>

namespace kepeng::gossip {

class RecentSet {
 public:
  RecentSet(std::size_t remembers, crypto::SipHashKey key) : remembers_{remembers}, key_{key} {}

  void insert(ByteView thing);
  bool contains(ByteView thing) const;
  void clear();
  std::size_t memory_bytes() const { return (younger_.slots.capacity() + older_.slots.capacity()) * 8; }

 private:
  // Open addressing; zero is free.
  struct Generation {
    std::vector<std::uint64_t> slots;
    std::size_t size = 0;

    // Of its slot, or of the free one where it belongs.
    std::size_t position(std::uint64_t hash) const;
    bool contains(std::uint64_t hash) const;
    void insert(std::uint64_t hash);
    void grow();
  };
  std::uint64_t hash_of(ByteView thing) const;

  std::size_t remembers_;
  crypto::SipHashKey key_;
  Generation younger_;
  Generation older_;
};

}  // namespace kepeng::gossip
