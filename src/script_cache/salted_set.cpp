// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script_cache/salted_set.h>

#include <algorithm>

#include <kepeng/base/random.h>

namespace kepeng::script_cache {
namespace {

// A number below `count`, evenly: the high half of the product.
std::size_t scale(std::uint32_t random, std::size_t count) {
  return static_cast<std::size_t>((std::uint64_t{random} * count) >> 32);
}

}  // namespace

crypto::Hash32 SaltedSet::fresh_salt() {
  crypto::Hash32 salt;
  fill_random(salt);
  return salt;
}

SaltedSet::SaltedSet(std::uint64_t bytes_max, const crypto::Hash32& salt) {
  // Twice the salt is one block of SHA-256, which is compressed here once for all members.
  after_salt_.write(salt).write(salt);
  const std::uint64_t buckets = std::min(bytes_max, kCacheBytesMax) / sizeof(Bucket);
  buckets_per_shard_ = std::max<std::size_t>(1, static_cast<std::size_t>(buckets / kShards));
  for (Shard& shard : shards_) {
    shard.with([&](std::vector<Bucket>& table) { table.resize(buckets_per_shard_); });
  }
}

SaltedSet::Place SaltedSet::place_of(const crypto::Hash32& member) const {
  Place place;
  place.tag = {load_le<std::uint64_t>(member.data()) | 1, load_le<std::uint64_t>(member.data() + 8)};
  place.shard = member[16] % kShards;
  place.bucket = scale(load_le<std::uint32_t>(member.data() + 20), buckets_per_shard_);
  return place;
}

bool SaltedSet::contains(const crypto::Hash32& member) const {
  const Place place = place_of(member);
  return shards_[place.shard].with([&](const std::vector<Bucket>& table) {
    const auto& slots = table[place.bucket].slots;
    return std::find(slots.begin(), slots.end(), place.tag) != slots.end();
  });
}

void SaltedSet::insert(const crypto::Hash32& member) {
  const Place place = place_of(member);
  shards_[place.shard].with([&](std::vector<Bucket>& table) {
    Bucket& bucket = table[place.bucket];
    if (std::find(bucket.slots.begin(), bucket.slots.end(), place.tag) != bucket.slots.end()) return;
    bucket.slots[bucket.next] = place.tag;
    bucket.next = (bucket.next + 1) % kSlots;
  });
}

std::uint64_t SaltedSet::bytes() const {
  return std::uint64_t{kShards} * buckets_per_shard_ * sizeof(Bucket);
}

}  // namespace kepeng::script_cache
