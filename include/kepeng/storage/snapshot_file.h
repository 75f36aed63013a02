// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Files with the whole set of unspent outputs at one block (assumeutxo snapshots, version 2).
//
// Written and read in one pass with bounded memory; coins come in the order of chainstate rows, so those of one
// transaction together. The reader checks form only: whether the coins are the right ones is decided by their hash.
// One thread at a time. Damage, another version: see the faults.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <kepeng/base/env.h>
#include <kepeng/primitives/transaction.h>
#include <kepeng/storage/block_files.h>
#include <kepeng/storage/coin_codec.h>

namespace kepeng::storage {

struct SnapshotHeader {
  NetworkMagic magic{};
  BlockHash base;
  std::uint64_t coins = 0;
};

class SnapshotWriter {
 public:
  // Writes beside `path` until `finish`; a file of that name must not exist yet (Config).
  static Result<SnapshotWriter, Fault> create(Env& env, const std::string& path, const SnapshotHeader& header);
  SnapshotWriter(SnapshotWriter&&) noexcept;
  // Without `finish`, nothing is left.
  ~SnapshotWriter();

  // Outpoints in ascending order of txid bytes, then index.
  Result<Unit, Fault> add(const OutPoint& outpoint, const CoinView& coin);
  // The number of coins is the one in the header (our own mistake otherwise); the file is durable under its name.
  Result<Unit, Fault> finish();

 private:
  struct State;
  explicit SnapshotWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct SnapshotCoin {
  OutPoint outpoint;
  Coin coin;
};

class SnapshotReader {
 public:
  // Unsupported for another version or what is no snapshot at all. Whose network it is, the caller judges.
  static Result<SnapshotReader, Fault> open(Env& env, const std::string& path);
  SnapshotReader(SnapshotReader&&) noexcept;
  ~SnapshotReader();

  const SnapshotHeader& header() const;
  // False after the last coin; bytes behind it are Corruption, as is an end before it. The messages are bitcoind's.
  Result<bool, Fault> next(SnapshotCoin& coin);
  std::uint64_t coins_read() const;

 private:
  struct State;
  explicit SnapshotReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kepeng::storage
