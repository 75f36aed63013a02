// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/reconstruction.h>

#include <algorithm>
#include <bit>

#include <kepeng/base/assert.h>
#include <kepeng/crypto/sha256.h>

namespace kepeng::wire {
namespace {

constexpr ShortId kShortIdMask = (ShortId{1} << (8 * kShortIdBytes)) - 1;
// With 64 bits for each wanted id, one offer in 64 gets past the filter for no reason.
constexpr std::size_t kFilterBitsPerId = 64;

}  // namespace

crypto::SipHashKey short_id_key(const BlockHeader& header, std::uint64_t nonce) {
  std::array<std::uint8_t, 8> nonce_bytes;
  store_le(nonce_bytes.data(), nonce);
  const crypto::Hash32 hash = crypto::Sha256{}.write(header.encode()).write(nonce_bytes).finalize();
  return {load_le<std::uint64_t>(hash.data()), load_le<std::uint64_t>(hash.data() + 8)};
}

ShortId short_id(crypto::SipHashKey key, const Wtxid& wtxid) {
  return crypto::siphash24_hash(key, wtxid.bytes) & kShortIdMask;
}

CmpctBlock make_compact_block(const BlockPtr& block, std::uint64_t nonce) {
  const auto transactions = block->transactions();
  KP_ASSERT(!transactions.empty());
  CmpctBlock message{.header = block->header(), .nonce = nonce, .short_ids = {}, .prefilled = {}};
  message.prefilled.push_back({0, share_transaction(block, 0)});
  message.short_ids.reserve(transactions.size() - 1);
  const crypto::SipHashKey key = short_id_key(block->header(), nonce);
  for (const Transaction& tx : transactions.subspan(1)) message.short_ids.push_back(short_id(key, tx.wtxid));
  return message;
}

std::optional<BlockTxn> answer(const BlockPtr& block, const GetBlockTxn& request) {
  BlockTxn message{.block = block->hash(), .transactions = {}};
  message.transactions.reserve(request.indexes.size());
  for (const std::uint16_t index : request.indexes) {
    if (index >= block->transactions().size()) return std::nullopt;
    message.transactions.push_back(share_transaction(block, index));
  }
  return message;
}

Result<BlockReconstruction, CompactFailure> BlockReconstruction::begin(CmpctBlock message) {
  if (message.transactions() == 0) return Err{CompactFailure::Empty};
  BlockReconstruction block{message.header, message.transactions()};
  block.key_ = short_id_key(message.header, message.nonce);
  for (PrefilledTransaction& prefilled : message.prefilled) {
    if (prefilled.index >= block.slots_.size()) return Err{CompactFailure::BadIndex};
    Slot& slot = block.slots_[prefilled.index];
    if (slot.tx) return Err{CompactFailure::BadIndex};
    slot.tx = std::move(prefilled.tx);
    ++block.filled_;
  }
  block.index_short_ids(message.short_ids);
  const auto twice = std::adjacent_find(block.wanted_.begin(), block.wanted_.end(),
                                        [](const Wanted& a, const Wanted& b) { return a.id == b.id; });
  if (twice != block.wanted_.end()) return Err{CompactFailure::ShortIdCollision};
  return block;
}

void BlockReconstruction::index_short_ids(const std::vector<ShortId>& ids) {
  wanted_.reserve(ids.size());
  std::uint16_t index = 0;
  for (const ShortId id : ids) {
    while (slots_[index].tx) ++index;
    wanted_.push_back({id, index++});
  }
  std::sort(wanted_.begin(), wanted_.end(), [](const Wanted& a, const Wanted& b) { return a.id < b.id; });
  filter_.resize(std::bit_ceil(ids.size() * kFilterBitsPerId / 64 + 1));
  for (const ShortId id : ids) filter_[id / 64 % filter_.size()] |= std::uint64_t{1} << (id % 64);
}

const BlockReconstruction::Wanted* BlockReconstruction::find(ShortId id) const {
  if ((filter_[id / 64 % filter_.size()] >> (id % 64) & 1) == 0) return nullptr;
  const auto at = std::lower_bound(wanted_.begin(), wanted_.end(), id,
                                   [](const Wanted& wanted, ShortId sought) { return wanted.id < sought; });
  return at != wanted_.end() && at->id == id ? &*at : nullptr;
}

void BlockReconstruction::offer(const TxPtr& tx) {
  if (const Wanted* wanted = find(short_id(key_, tx->wtxid))) fill(*wanted, tx);
}

void BlockReconstruction::offer(const PackedTxPtr& packed) {
  if (const Wanted* wanted = find(short_id(key_, packed->wtxid))) fill(*wanted, unpack(packed));
}

void BlockReconstruction::fill(const Wanted& wanted, const TxPtr& tx) {
  Slot& slot = slots_[wanted.index];
  if (slot.is_ambiguous) return;
  if (!slot.tx) {
    slot.tx = tx;
    ++filled_;
  } else if (slot.tx->wtxid != tx->wtxid) {
    slot = {nullptr, true};
    --filled_;
  }
}

std::vector<std::uint16_t> BlockReconstruction::missing() const {
  std::vector<std::uint16_t> indexes;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].tx) indexes.push_back(static_cast<std::uint16_t>(i));
  }
  return indexes;
}

Result<Unit, CompactFailure> BlockReconstruction::supply(std::span<const TxPtr> transactions) {
  if (transactions.size() != slots_.size() - filled_) return Err{CompactFailure::WrongTransactions};
  std::size_t next = 0;
  for (Slot& slot : slots_) {
    if (!slot.tx) slot.tx = transactions[next++];
  }
  filled_ = slots_.size();
  return Unit{};
}

Result<BlockPtr, DecodeError> BlockReconstruction::assemble() const {
  KP_ASSERT(is_complete());
  std::size_t bytes = BlockHeader::kSize + compact_size_length(slots_.size());
  for (const Slot& slot : slots_) bytes += slot.tx->raw.size();
  Bytes raw;
  raw.reserve(bytes);
  append(raw, header_.encode());
  append_compact_size(raw, slots_.size());
  for (const Slot& slot : slots_) append(raw, slot.tx->raw);
  return parse_block(std::move(raw));
}

}  // namespace kepeng::wire
