// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "slots.h"
#include <kepeng/base/uint128.h>

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace kepeng::coins {
namespace {

constexpr std::uint64_t kFirstGroups = 1024;
constexpr std::size_t kHugePage = 2u << 20;
// Full slots and marks together may take this share before the table grows.
constexpr std::uint64_t kLoadNumerator = 27;
constexpr std::uint64_t kLoadDenominator = 32;

std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) {
  const Uint128 product = static_cast<Uint128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

Slots::Slots(const std::array<std::uint64_t, 3>& salt) : salt_{salt} {
  resize(kFirstGroups);
}

Slots::~Slots() {
  std::free(slots_);
}

// Keyed multiplication hash. Transaction ids are outputs of SHA-256 already; the secret keeps the choice of slots from
// whoever grinds them.
std::uint64_t Slots::hash(const OutPoint& outpoint) const {
  const std::uint8_t* bytes = outpoint.txid.bytes.data();
  const std::uint64_t low =
      folded_product(load_le<std::uint64_t>(bytes) ^ salt_[0], load_le<std::uint64_t>(bytes + 8) ^ salt_[1]);
  const std::uint64_t high = folded_product(load_le<std::uint64_t>(bytes + 16) ^ salt_[1] ^ outpoint.index,
                                            load_le<std::uint64_t>(bytes + 24) ^ salt_[2]);
  return folded_product(low ^ salt_[2], high ^ salt_[0] ^ (static_cast<std::uint64_t>(outpoint.index) << 32));
}

void Slots::prefetch_record(std::uint64_t hash) const {
  const std::uint64_t* slots = group(home(hash));
  for (std::size_t i = 0; i < kGroupSlots; ++i) {
    if ((slots[i] & ~kAddressMask) == tag(hash) && (slots[i] & kAddressMask) > kRemoved) {
      __builtin_prefetch(record(slots[i]));
    }
  }
}

std::uint64_t* Slots::find(const OutPoint& outpoint, std::uint64_t hash) const {
  const std::uint64_t wanted = tag(hash);
  for (std::uint64_t at = home(hash);; at = after(at)) {
    std::uint64_t* slots = group(at);
    bool has_empty = false;
    for (std::size_t i = 0; i < kGroupSlots; ++i) {
      const std::uint64_t slot = slots[i];
      if (slot == kEmpty) {
        has_empty = true;
      } else if (slot != kRemoved && tag(slot) == wanted && record_is(record(slot), outpoint)) {
        return &slots[i];
      }
    }
    if (has_empty) return nullptr;
  }
}

std::uint64_t* Slots::find_record(const std::uint8_t* wanted, std::uint64_t hash) const {
  for (std::uint64_t at = home(hash);; at = after(at)) {
    std::uint64_t* slots = group(at);
    bool has_empty = false;
    for (std::size_t i = 0; i < kGroupSlots; ++i) {
      if (slots[i] == kEmpty) has_empty = true;
      if (slots[i] != kEmpty && record(slots[i]) == wanted) return &slots[i];
    }
    if (has_empty) return nullptr;
  }
}

void Slots::put(std::uint8_t* record, std::uint64_t hash) {
  for (std::uint64_t at = home(hash);; at = after(at)) {
    std::uint64_t* slots = group(at);
    for (std::size_t i = 0; i < kGroupSlots; ++i) {
      if (slots[i] > kRemoved) continue;
      if (slots[i] == kRemoved) --removed_;
      slots[i] = tag(hash) | reinterpret_cast<std::uint64_t>(record);
      ++occupied_;
      return;
    }
  }
}

void Slots::insert(std::uint8_t* record, std::uint64_t hash) {
  const std::uint64_t capacity = groups_ * kGroupSlots;
  if ((occupied_ + removed_ + 1) * kLoadDenominator > capacity * kLoadNumerator) {
    // Mostly marks: the same size will do once they are gone.
    const bool crowded = occupied_ * 2 * kLoadDenominator > capacity * kLoadNumerator;
    resize(crowded ? groups_ + groups_ / 4 : groups_);
  }
  put(record, hash);
}

void Slots::erase(std::uint64_t* slot) {
  std::uint64_t* slots =
      slots_ + (slot - slots_) / static_cast<std::ptrdiff_t>(kGroupSlots) * static_cast<std::ptrdiff_t>(kGroupSlots);
  bool has_empty = false;
  for (std::size_t i = 0; i < kGroupSlots; ++i) has_empty = has_empty || slots[i] == kEmpty;
  *slot = has_empty ? kEmpty : kRemoved;
  removed_ += has_empty ? 0 : 1;
  --occupied_;
}

void Slots::resize(std::uint64_t groups) {
  std::uint64_t* old_slots = slots_;
  const std::uint64_t old_count = slots_ == nullptr ? 0 : groups_ * kGroupSlots;
  const std::size_t bytes = groups * kGroupBytes;
  const std::size_t alignment = bytes >= kHugePage ? kHugePage : kGroupBytes;
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, bytes) != 0) throw std::bad_alloc{};
  if (alignment == kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
  std::memset(memory, 0, bytes);
  slots_ = static_cast<std::uint64_t*>(memory);
  groups_ = groups;
  occupied_ = 0;
  removed_ = 0;
  for (std::uint64_t i = 0; i < old_count; ++i) {
    if (old_slots[i] <= kRemoved) continue;
    // The records are all over memory: have the next ones fetched meanwhile.
    constexpr std::uint64_t kAhead = 12;
    if (i + kAhead < old_count) __builtin_prefetch(record(old_slots[i + kAhead]));
    std::uint8_t* moved = record(old_slots[i]);
    put(moved, hash(record_outpoint(moved)));
  }
  std::free(old_slots);
}

}  // namespace kepeng::coins
