// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/bloom_filter.h>

#include <array>
#include <bit>

namespace kepeng::wire {
namespace {

std::uint32_t scramble(std::uint32_t word) {
  return std::rotl(word * 0xcc9e2d51u, 15) * 0x1b873593u;
}

std::array<std::uint8_t, 36> serialize(const OutPoint& outpoint) {
  std::array<std::uint8_t, 36> bytes;
  std::copy(outpoint.txid.bytes.begin(), outpoint.txid.bytes.end(), bytes.begin());
  store_le(bytes.data() + 32, outpoint.index);
  return bytes;
}

}  // namespace

std::uint32_t murmur3(std::uint32_t seed, ByteView bytes) {
  std::uint32_t hash = seed;
  const std::size_t whole = bytes.size() / 4 * 4;
  for (std::size_t at = 0; at < whole; at += 4) {
    hash ^= scramble(load_le<std::uint32_t>(bytes.data() + at));
    hash = std::rotl(hash, 13) * 5 + 0xe6546b64u;
  }
  std::uint32_t rest = 0;
  for (std::size_t at = bytes.size(); at > whole; --at) rest = rest << 8 | bytes[at - 1];
  if (bytes.size() > whole) hash ^= scramble(rest);
  hash ^= static_cast<std::uint32_t>(bytes.size());
  hash = (hash ^ hash >> 16) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return hash ^ hash >> 16;
}

std::size_t BloomFilter::position(std::uint32_t function, ByteView element) const {
  return murmur3(function * 0xfba4c795u + load_.tweak, element) % (load_.bits.size() * 8);
}

void BloomFilter::insert(ByteView element) {
  if (is_void()) return;
  for (std::uint32_t function = 0; function < load_.functions; ++function) {
    const std::size_t bit = position(function, element);
    load_.bits[bit / 8] = static_cast<std::uint8_t>(load_.bits[bit / 8] | 1u << (bit % 8));
  }
}

bool BloomFilter::contains(ByteView element) const {
  if (is_void()) return true;
  for (std::uint32_t function = 0; function < load_.functions; ++function) {
    const std::size_t bit = position(function, element);
    if ((load_.bits[bit / 8] >> (bit % 8) & 1) == 0) return false;
  }
  return true;
}

void BloomFilter::insert(const OutPoint& outpoint) {
  insert(ByteView{serialize(outpoint)});
}

bool BloomFilter::contains(const OutPoint& outpoint) const {
  return contains(ByteView{serialize(outpoint)});
}

}  // namespace kepeng::wire
