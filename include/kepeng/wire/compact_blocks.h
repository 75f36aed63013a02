// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Messages of BIP152. Plain structs; the codec is behind message.h, reconstruction in reconstruction.h.
//
// Indexes are positions in the block; their differential form exists on the wire only and never passes 16 bits.
// Decoded indexes rise strictly.
#pragma once

#include <cstdint>
#include <vector>

#include <kepeng/primitives/block.h>

namespace kepeng::wire {

enum class AnnounceMode : std::uint8_t { LowBandwidth = 0, HighBandwidth = 1 };

struct SendCmpct {
  AnnounceMode announce = AnnounceMode::LowBandwidth;
  std::uint64_t version = 2;
};

using ShortId = std::uint64_t;  // 48 bits
inline constexpr std::size_t kShortIdBytes = 6;

struct PrefilledTransaction {
  std::uint16_t index = 0;
  TxPtr tx;
};

struct CmpctBlock {
  BlockHeader header;
  std::uint64_t nonce = 0;
  std::vector<ShortId> short_ids;
  std::vector<PrefilledTransaction> prefilled;

  std::size_t transactions() const { return short_ids.size() + prefilled.size(); }
};

struct GetBlockTxn {
  BlockHash block;
  std::vector<std::uint16_t> indexes;
};

struct BlockTxn {
  BlockHash block;
  std::vector<TxPtr> transactions;
};

}  // namespace kepeng::wire
