// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// How coins are written in chainstate rows, snapshot files and undo records.
//
// A coin is VARINT(height * 2 + coinbase), VARINT(compressed amount), compressed script; an undo coin has one zero byte
// after the first number unless the height is 0. Encoding appends to the caller's buffer and cannot fail; decoding
// fails through the cursor. Pure functions. Every byte is specified in doc/storage.md.
#pragma once

#include <cstdint>
#include <vector>

#include <kepeng/base/bytes.h>
#include <kepeng/base/result.h>
#include <kepeng/primitives/amount.h>
#include <kepeng/primitives/encoding.h>

namespace kepeng::storage {

// A longer script can never run (consensus), so decoding gives the one-byte script OP_RETURN in its place.
inline constexpr std::size_t kScriptBytesMax = 10'000;

// Amounts with trailing decimal zeros become small numbers; one to one over all 64-bit values in the money range.
std::uint64_t compress_amount(Amount amount);
Amount decompress_amount(std::uint64_t compressed);

// Scripts of the six common forms become a type byte and 20 or 32 bytes:
//   0 pay-to-public-key-hash, 1 pay-to-script-hash, 2 and 3 pay-to-public-key of a compressed key (the type is its
//   first byte), 4 and 5 pay-to-public-key of an uncompressed key that is on the curve (4 + parity of y).
// Any other script is VARINT(size + 6) and its bytes.
struct ScriptCompressor {
  static void append(Bytes& to, ByteView script);
  // The number of bytes `append` adds.
  static std::size_t size(ByteView script);
  // Puts the script into `script`, whose old content goes.
  static void read(Cursor& from, Bytes& script);
  // Moves past a compressed script without expanding it.
  static void skip(Cursor& from);
};

// What a coin says, with the script still its owner's.
struct CoinView {
  Amount value;
  ByteView script_pubkey;
  Height height = 0;
  bool is_coinbase = false;
};

struct Coin {
  Amount value;
  Bytes script_pubkey;
  Height height = 0;
  bool is_coinbase = false;

  CoinView view() const { return {value, script_pubkey, height, is_coinbase}; }
  friend bool operator==(const Coin&, const Coin&) = default;
};

// Chainstate rows and snapshot files.
void append_coin(Bytes& to, const CoinView& coin);
void read_coin(Cursor& from, Coin& coin);

// Undo records.
void append_undo_coin(Bytes& to, const CoinView& coin);
void read_undo_coin(Cursor& from, Coin& coin);

// The undo bytes of a block: for every transaction but the coinbase, in order, the coins that its inputs spent, in
// order. Both counts are CompactSizes: begin with `append_undo_header(to, transactions - 1)`, then for each transaction
// `append_undo_header(to, inputs)` and its coins.
inline void append_undo_header(Bytes& to, std::uint64_t count) {
  append_compact_size(to, count);
}

struct TxUndo {
  std::vector<Coin> spent;
  friend bool operator==(const TxUndo&, const TxUndo&) = default;
};
struct BlockUndo {
  std::vector<TxUndo> transactions;
  friend bool operator==(const BlockUndo&, const BlockUndo&) = default;
};

void append_block_undo(Bytes& to, const BlockUndo& undo);
Result<BlockUndo, DecodeError> decode_block_undo(ByteView bytes);

// Reads undo bytes coin by coin, into one coin that the caller reuses:
//   UndoReader reader{bytes};
//   for (n = reader.transactions(); n > 0; --n) for (m = reader.next_transaction(); m > 0; --m) reader.next_coin(coin);
//   if (!reader.finished()) ...
class UndoReader {
 public:
  explicit UndoReader(ByteView bytes) : cursor_{bytes} { transactions_ = cursor_.read_size(); }

  std::uint64_t transactions() const { return transactions_; }
  std::uint64_t next_transaction() { return cursor_.read_size(); }
  void next_coin(Coin& coin) { read_undo_coin(cursor_, coin); }
  bool ok() const { return cursor_.ok(); }
  // Everything was well-formed and nothing is left.
  bool finished() const { return cursor_.ok() && cursor_.remaining() == 0; }

 private:
  Cursor cursor_;
  std::uint64_t transactions_ = 0;
};

}  // namespace kepeng::storage
