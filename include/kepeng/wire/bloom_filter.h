// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BloomFilter: what a light client wants to hear about, give or take (BIP37).
//
// A filter without bits or without functions matches everything: it says nothing, and must not be divided by
// (CVE-2013-5700). Value type, one thread at a time; no failure.
#pragma once

#include <kepeng/primitives/transaction.h>
#include <kepeng/wire/filters.h>

namespace kepeng::wire {

// The 32-bit MurmurHash3 (x86 variant).
std::uint32_t murmur3(std::uint32_t seed, ByteView bytes);

class BloomFilter {
 public:
  // As decoded, so within BIP37's limits.
  explicit BloomFilter(FilterLoad load) : load_{std::move(load)} {}

  void insert(ByteView element);
  void insert(const OutPoint& outpoint);
  bool contains(ByteView element) const;
  bool contains(const OutPoint& outpoint) const;

  BloomUpdate update_mode() const { return static_cast<BloomUpdate>(load_.flags & 3); }
  const FilterLoad& load() const { return load_; }

 private:
  bool is_void() const { return load_.bits.empty() || load_.functions == 0; }
  std::size_t position(std::uint32_t function, ByteView element) const;

  FilterLoad load_;
};

}  // namespace kepeng::wire
