// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Slots: the index over coin records. Private to coins; chain thread.
//
// Open addressing in groups of eight slots (one cache line). A slot is 16 bits of hash and a 48-bit address. A search
// ends at the first group that has an empty slot, so a removal leaves an empty slot only where its group already had
// one, and a mark otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include <kepeng/primitives/transaction.h>

#include "record.h"

namespace kepeng::coins {

class Slots {
 public:
  explicit Slots(const std::array<std::uint64_t, 3>& salt);
  ~Slots();
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  std::uint64_t hash(const OutPoint& outpoint) const;

  // The slot that points at the record of this outpoint, or null.
  std::uint64_t* find(const OutPoint& outpoint, std::uint64_t hash) const;
  // The slot that points at this very record.
  std::uint64_t* find_record(const std::uint8_t* record, std::uint64_t hash) const;
  // The outpoint is not in the index. May move all slots.
  void insert(std::uint8_t* record, std::uint64_t hash);
  void erase(std::uint64_t* slot);
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(group(home(hash))); }
  // The records that a search would compare first.
  void prefetch_record(std::uint64_t hash) const;

  static std::uint8_t* record(std::uint64_t slot) { return reinterpret_cast<std::uint8_t*>(slot & kAddressMask); }
  static void repoint(std::uint64_t* slot, std::uint8_t* to) {
    *slot = (*slot & ~kAddressMask) | reinterpret_cast<std::uint64_t>(to);
  }

  std::uint64_t size() const { return occupied_; }
  std::uint64_t bytes() const { return groups_ * kGroupBytes; }

 private:
  static constexpr std::uint64_t kEmpty = 0;
  static constexpr std::uint64_t kRemoved = 1;  // no record has this address
  static constexpr std::uint64_t kAddressMask = (std::uint64_t{1} << 48) - 1;
  static constexpr std::size_t kGroupSlots = 8;
  static constexpr std::size_t kGroupBytes = kGroupSlots * sizeof(std::uint64_t);

  std::uint64_t* group(std::uint64_t index) const { return slots_ + index * kGroupSlots; }
  // The low half chooses the group, the highest bits are the tag.
  std::uint64_t home(std::uint64_t hash) const { return ((hash & 0xffffffff) * groups_) >> 32; }
  std::uint64_t after(std::uint64_t at) const { return at + 1 == groups_ ? 0 : at + 1; }
  static std::uint64_t tag(std::uint64_t hash) { return hash >> 48 << 48; }
  void put(std::uint8_t* record, std::uint64_t hash);
  void resize(std::uint64_t groups);

  std::array<std::uint64_t, 3> salt_;
  std::uint64_t* slots_ = nullptr;
  std::uint64_t groups_ = 0;
  std::uint64_t occupied_ = 0;
  std::uint64_t removed_ = 0;
};

}  // namespace kepeng::coins
