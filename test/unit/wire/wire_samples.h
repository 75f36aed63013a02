// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Messages for tests: transactions and blocks of a few bytes.
#pragma once

#include <kepeng/base/random.h>
#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/wire/message.h>

namespace kepeng::wire::test {

inline TxPtr sample_transaction(std::uint32_t number, std::size_t witness_bytes = 0) {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{7}}, number}, {}, 0xfffffffe, {}});
  if (witness_bytes != 0) tx.inputs[0].witness = {Bytes(witness_bytes, 0xcc)};
  tx.outputs.push_back({Amount{5000}, {0x51}});
  return tx.freeze();
}

inline BlockPtr sample_block(std::size_t transactions, std::size_t witness_bytes = 0) {
  std::vector<TxPtr> list;
  for (std::size_t i = 0; i < transactions; ++i) {
    list.push_back(sample_transaction(static_cast<std::uint32_t>(i), i == 0 ? 0 : witness_bytes));
  }
  return *parse_block(serialize_block({}, list));
}

inline Bytes copy_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

// CompactSize and zeros for so many items.
inline Bytes zeros_for(std::uint64_t claimed, std::size_t items, std::size_t item_bytes) {
  Bytes bytes;
  append_compact_size(bytes, claimed);
  bytes.resize(bytes.size() + items * item_bytes);
  return bytes;
}

// What decoding this says, or nullopt.
inline std::optional<WireError> error_of(std::string_view name, Bytes payload) {
  const auto message = decode(name, std::move(payload));
  if (message) return std::nullopt;
  return message.error();
}

}  // namespace kepeng::wire::test
