// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/packed_transaction.h>

#include <cstring>
#include <new>

#include "transaction_parser.h"

namespace kepeng {
namespace {

struct UnpackedHolder {
  PackedTxPtr packed;
  std::unique_ptr<std::byte[]> arena;
};

// Reads a count or length of bytes that parsed before.
std::uint64_t read_size(const std::uint8_t*& at) {
  const std::uint8_t first = *at++;
  if (first < 0xfd) return first;
  const std::size_t bytes = first == 0xfd ? 2 : first == 0xfe ? 4 : 8;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{at[i]} << (8 * i);
  at += bytes;
  return value;
}

}  // namespace

PackedTransaction::PackedTransaction(const Transaction& tx)
    : txid{tx.txid},
      wtxid{tx.wtxid},
      raw_size_{static_cast<std::uint32_t>(tx.raw.size())},
      stripped_size_{tx.stripped_size},
      input_count_{static_cast<std::uint32_t>(tx.inputs.size())},
      output_count_{static_cast<std::uint32_t>(tx.outputs.size())},
      outputs_at_{0} {
  std::memcpy(const_cast<std::uint8_t*>(raw().data()), tx.raw.data(), tx.raw.size());
  const std::uint8_t* at = first_input();
  for (std::uint32_t i = 0; i < input_count_; ++i) at = behind_script(at + 36) + 4;
  if (output_count_ != 0) read_size(at);
  outputs_at_ = static_cast<std::uint32_t>(at - raw().data());
}

void PackedTransaction::destroy(const PackedTransaction* packed) {
  packed->~PackedTransaction();
  ::operator delete(const_cast<PackedTransaction*>(packed));
}

const std::uint8_t* PackedTransaction::behind_script(const std::uint8_t* at) {
  const std::uint64_t length = read_size(at);
  return at + length;
}

const std::uint8_t* PackedTransaction::first_input() const {
  const std::uint8_t* at = raw().data() + 4 + (has_witness() ? 2 : 0);
  read_size(at);
  return at;
}

TxOut PackedTransaction::output(std::size_t index) const {
  const std::uint8_t* at = raw().data() + outputs_at_;
  for (std::size_t i = 0; i < index; ++i) at = behind_script(at + 8);
  const Amount value{load_le<std::int64_t>(at)};
  at += 8;
  const std::uint64_t length = read_size(at);
  return {value, {at, static_cast<std::size_t>(length)}};
}

PackedTxPtr pack(const Transaction& tx) {
  void* memory = ::operator new(sizeof(PackedTransaction) + tx.raw.size());
  return PackedTxPtr{new (memory) PackedTransaction{tx}};
}

TxPtr unpack(const PackedTxPtr& packed) {
  // Without a witness, an empty list of inputs is just that.
  const WitnessForm form = packed->has_witness() ? WitnessForm::Allowed : WitnessForm::Forbidden;
  ArenaCounts counts;
  Cursor measure{packed->raw()};
  measure_transaction(measure, form, counts);
  auto holder = std::make_shared<UnpackedHolder>();
  holder->packed = packed;
  holder->arena = std::make_unique<std::byte[]>(counts.bytes());
  TransactionBuilder builder{holder->arena.get(), counts};
  Cursor cursor{packed->raw()};
  builder.build(cursor, packed->raw(), form);
  Transaction& tx = builder.transactions()[0];
  tx.txid = packed->txid;
  tx.wtxid = packed->wtxid;
  return TxPtr{std::move(holder), &tx};
}

}  // namespace kepeng
