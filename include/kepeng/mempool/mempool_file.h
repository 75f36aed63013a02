// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The mempool as bytes, in the format of mempool.dat that bitcoind writes (versions 1 and 2).
//
// Version, in 2 a key of eight bytes by which all that follows is XORed, the transactions with their time of arrival
// and what the operator added to their fee, the same for transactions that are not here, and the ids of our own that
// nobody asked for yet. Nothing is reserved by a claimed count. Pure functions.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <kepeng/base/result.h>
#include <kepeng/base/time.h>
#include <kepeng/primitives/amount.h>
#include <kepeng/primitives/hash.h>

namespace kepeng::mempool {

enum class FileVersion : std::uint64_t { Plain = 1, Obfuscated = 2 };

struct MempoolFile {
  struct Kept {
    ByteView raw;  // of `bytes`; of the writer's own when it is written
    UnixTime time;
    Amount fee_delta;
  };
  Bytes bytes{};  // what was read, as plain as it was written
  std::vector<Kept> transactions{};
  std::map<Txid, Amount> deltas{};
  std::set<Txid> unbroadcast{};

  MempoolFile() = default;
  MempoolFile(MempoolFile&&) noexcept = default;
  MempoolFile& operator=(MempoolFile&&) noexcept = default;
};

Bytes write_mempool_file(const MempoolFile& file, FileVersion version);
// Every transaction's structure is right; none is parsed or judged yet. The error is the middle of a sentence: what is
// wrong with the file.
Result<MempoolFile, std::string> read_mempool_file(Bytes bytes);

}  // namespace kepeng::mempool
