// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/compact_blocks.h>

#include "codec.h"

namespace kepeng::wire {
namespace {

// One input and one output without scripts: nothing shorter can be in a block.
constexpr std::size_t kTransactionBytesMin = 60;

ShortId read_short_id(Reader& from) {
  const auto low = from.read_le<std::uint32_t>();
  const auto high = from.read_le<std::uint16_t>();
  return low | ShortId{high} << 32;
}

void append_short_id(Bytes& to, ShortId id) {
  append_le(to, static_cast<std::uint32_t>(id));
  append_le(to, static_cast<std::uint16_t>(id >> 32));
}

// Positions as BIP152 writes them: each as the number of positions that it skips after the one before.
class DifferentialReader {
 public:
  std::uint16_t next(Reader& from) {
    const std::uint64_t skipped = from.read_compact();
    if (skipped > kIndexMax || next_ + skipped > kIndexMax) {
      from.reject(WireError::IndexOverflow);
      return 0;
    }
    const auto index = static_cast<std::uint16_t>(next_ + skipped);
    next_ = std::uint64_t{index} + 1;
    return index;
  }

 private:
  static constexpr std::uint64_t kIndexMax = 0xffff;
  std::uint64_t next_ = 0;
};

class DifferentialWriter {
 public:
  void append_to(Bytes& to, std::uint16_t index) {
    append_compact_size(to, index - next_);
    next_ = index + 1u;
  }

 private:
  std::uint32_t next_ = 0;
};

TxPtr read_transaction_of(Reader& from) {
  if (!from.ok()) return nullptr;
  auto tx = read_transaction(from);
  if (!tx) return nullptr;  // the reader has the failure
  if ((*tx)->raw.size() < kTransactionBytesMin) from.fail(DecodeError::Truncated);
  return std::move(*tx);
}

}  // namespace

void read(Reader& from, SendCmpct& to) {
  const auto announce = from.read_le<std::uint8_t>();
  if (announce > 1) from.reject(WireError::BadAnnounceMode);
  to.announce = static_cast<AnnounceMode>(announce);
  to.version = from.read_le<std::uint64_t>();
}

void write(Bytes& to, const SendCmpct& message) {
  to.push_back(static_cast<std::uint8_t>(message.announce));
  append_le(to, message.version);
}

void read(Reader& from, CmpctBlock& to) {
  to.header = from.read_header();
  to.nonce = from.read_le<std::uint64_t>();
  to.short_ids.resize(from.count(kCompactTransactionsMax, kShortIdBytes));
  for (ShortId& id : to.short_ids) id = read_short_id(from);
  const std::size_t count = from.count(kCompactTransactionsMax - to.short_ids.size(), 1 + kTransactionBytesMin);
  to.prefilled.reserve(count);
  DifferentialReader indexes;
  for (std::size_t i = 0; i < count && from.ok(); ++i) {
    const std::uint16_t index = indexes.next(from);
    to.prefilled.push_back({index, read_transaction_of(from)});
  }
}

void write(Bytes& to, const CmpctBlock& message) {
  append(to, message.header.encode());
  append_le(to, message.nonce);
  append_compact_size(to, message.short_ids.size());
  for (const ShortId id : message.short_ids) append_short_id(to, id);
  append_compact_size(to, message.prefilled.size());
  DifferentialWriter indexes;
  for (const PrefilledTransaction& prefilled : message.prefilled) {
    indexes.append_to(to, prefilled.index);
    append(to, prefilled.tx->raw);
  }
}

void read(Reader& from, GetBlockTxn& to) {
  from.read_hash(to.block);
  to.indexes.resize(from.count(kCompactTransactionsMax, 1));
  DifferentialReader indexes;
  for (std::uint16_t& index : to.indexes) index = indexes.next(from);
}

void write(Bytes& to, const GetBlockTxn& message) {
  append(to, message.block.view());
  append_compact_size(to, message.indexes.size());
  DifferentialWriter indexes;
  for (const std::uint16_t index : message.indexes) indexes.append_to(to, index);
}

void read(Reader& from, BlockTxn& to) {
  from.read_hash(to.block);
  const std::size_t count = from.count(kCompactTransactionsMax, kTransactionBytesMin);
  to.transactions.reserve(count);
  for (std::size_t i = 0; i < count && from.ok(); ++i) to.transactions.push_back(read_transaction_of(from));
}

void write(Bytes& to, const BlockTxn& message) {
  append(to, message.block.view());
  append_compact_size(to, message.transactions.size());
  for (const TxPtr& tx : message.transactions) append(to, tx->raw);
}

}  // namespace kepeng::wire
