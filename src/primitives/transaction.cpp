// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/transaction.h>

#include <kepeng/primitives/transaction_bytes.h>

#include "transaction_parser.h"

namespace kepeng {
namespace {

struct TransactionHolder {
  Bytes raw;
  std::unique_ptr<std::byte[]> arena;
};

TxPtr build_measured(Bytes raw, WitnessForm form, const ArenaCounts& counts) {
  auto holder = std::make_shared<TransactionHolder>();
  holder->raw = std::move(raw);
  holder->arena = std::make_unique<std::byte[]>(counts.bytes());
  TransactionBuilder builder{holder->arena.get(), counts};
  Cursor cursor{holder->raw};
  builder.build(cursor, holder->raw, form);
  builder.hash_all();
  const Transaction* tx = &builder.transactions()[0];
  return TxPtr{std::move(holder), tx};
}

}  // namespace

void Transaction::append_stripped(Bytes& to) const {
  if (!has_witness()) return append(to, raw);
  append(to, raw.first(4));
  append(to, raw.subspan(6, stripped_size - 8));
  append(to, raw.last(4));
}

Result<TxPtr, DecodeError> parse_transaction(Bytes raw, WitnessForm form) {
  ArenaCounts counts;
  Cursor measure{raw};
  measure_transaction(measure, form, counts);
  if (!measure.ok()) return Err{measure.error()};
  if (measure.remaining() != 0) return Err{DecodeError::TrailingBytes};
  return build_measured(std::move(raw), form, counts);
}

ByteView read_transaction_bytes(Cursor& from) {
  ArenaCounts counts;
  Cursor start = from;
  measure_transaction(from, WitnessForm::Allowed, counts);
  return from.ok() ? start.read_bytes(from.position() - start.position()) : ByteView{};
}

Result<TxPtr, DecodeError> read_transaction(Cursor& from) {
  ArenaCounts counts;
  Cursor start = from;
  measure_transaction(from, WitnessForm::Allowed, counts);
  if (!from.ok()) return Err{from.error()};
  const ByteView raw = start.read_bytes(from.position() - start.position());
  return build_measured({raw.begin(), raw.end()}, WitnessForm::Allowed, counts);
}

}  // namespace kepeng
