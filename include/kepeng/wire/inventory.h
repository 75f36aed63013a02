// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Messages that name blocks and transactions by hash. Plain structs; the codec is behind message.h.
//
// Types that nobody defined are kept: whoever handles the message ignores them. Sources: BIP37, BIP144, BIP152, BIP339.
#pragma once

#include <vector>

#include <kepeng/primitives/hash.h>

namespace kepeng::wire {

inline constexpr std::uint32_t kWitnessFlag = 1u << 30;

enum class InventoryType : std::uint32_t {
  Tx = 1,
  Block = 2,
  FilteredBlock = 3,
  CompactBlock = 4,
  Wtx = 5,
  WitnessTx = Tx | kWitnessFlag,
  WitnessBlock = Block | kWitnessFlag,
  WitnessFilteredBlock = FilteredBlock | kWitnessFlag,
};

constexpr bool is_transaction(InventoryType type) {
  return type == InventoryType::Tx || type == InventoryType::Wtx || type == InventoryType::WitnessTx;
}

struct InventoryItem {
  InventoryType type{};
  Hash256<struct InventoryTag> hash;

  friend auto operator<=>(const InventoryItem&, const InventoryItem&) = default;
  template <class Tag>
  static InventoryItem of(InventoryType type, const Hash256<Tag>& hash) {
    return {type, {hash.bytes}};
  }
  template <class H>
  H as() const {
    return {hash.bytes};
  }
};

struct Inv {
  std::vector<InventoryItem> items;
};
struct GetData {
  std::vector<InventoryItem> items;
};
struct NotFound {
  std::vector<InventoryItem> items;
};

}  // namespace kepeng::wire
