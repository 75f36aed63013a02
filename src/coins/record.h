// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The packed form of a coin in memory. Private to coins.
//
//   flags (1) | txid (32) | varint index | varint height * 2 + coinbase | varint compressed amount | script
// A script is a tag and, for the five common forms, only the 20 or 32 bytes that differ. Only the flags ever change,
// and only the chain thread reads them: the rest may be read by a flushing thread at the same time.
#pragma once

#include <kepeng/coins/coin_cache.h>

namespace kepeng::coins {

enum class RecordState : std::uint8_t {
  Fresh,      // the disk has no such coin
  Dirty,      // the disk may have one, maybe another
  Clean,      // the disk has this one
  Tombstone,  // the disk may have one, and it is spent
};

inline constexpr std::uint8_t kStateMask = 3;
inline constexpr std::uint8_t kDeadFlag = 8;  // not in the index any more

inline RecordState state_of(const std::uint8_t* record) {
  return static_cast<RecordState>(*record & kStateMask);
}
inline void set_state(std::uint8_t* record, RecordState state) {
  *record = static_cast<std::uint8_t>((*record & ~kStateMask) | static_cast<std::uint8_t>(state));
}
inline bool is_dead(const std::uint8_t* record) {
  return (*record & kDeadFlag) != 0;
}

// No record with a script of this length is larger.
constexpr std::size_t record_bytes_max(std::size_t script_bytes) {
  return 1 + 32 + 5 + 5 + 10 + 5 + script_bytes;
}

// Does the record hold this outpoint? (Dead or not.)
bool record_is(const std::uint8_t* record, const OutPoint& outpoint);
std::size_t record_size(const std::uint8_t* record);
OutPoint record_outpoint(const std::uint8_t* record);
// The coin without its script; returns where the script begins.
const std::uint8_t* read_amount(const std::uint8_t* record, consensus::Coin& coin);
// Number of script bytes, and the bytes themselves.
std::size_t script_length(const std::uint8_t* at);
void write_script(const std::uint8_t* at, std::uint8_t* to);

// Writes a record of at most record_bytes_max(script) bytes; returns its size. A tombstone has an empty coin.
std::size_t write_record(std::uint8_t* to, const OutPoint& outpoint, const storage::CoinView& coin, RecordState state);

}  // namespace kepeng::coins
