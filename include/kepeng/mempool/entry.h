// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Entry: a transaction in the mempool, and what was found out when it came in. Changed by the pool alone.
#pragma once

#include <algorithm>

#include <kepeng/base/time.h>
#include <kepeng/cluster/fee_size.h>
#include <kepeng/primitives/packed_transaction.h>

namespace kepeng::mempool {

class Cluster;

// What the operator adds beyond this (thirty times all the money that there can be) changes nothing about the order of
// transactions; with it the sums of a cluster always fit.
inline constexpr std::int64_t kWorthMax = std::int64_t{1} << 56;

struct Entry {
  PackedTxPtr tx;
  Amount fee;               // what its inputs hold beyond its outputs
  Amount modified_fee;      // and what the operator adds (prioritisetransaction)
  std::int64_t size = 0;    // virtual bytes, signature operations counted in
  std::int64_t weight = 0;  // the same in weight units: what it takes of a block
  std::uint64_t sigops_cost = 0;
  UnixTime time;               // of its arrival
  std::uint64_t sequence = 0;  // of all changes to the pool
  Height height = 0;           // of the tip when it arrived
  bool spends_coinbase = false;
  Cluster* cluster = nullptr;  // the pool's

  cluster::FeeSize worth() const { return {std::clamp(modified_fee.sats, -kWorthMax, kWorthMax), weight}; }
  const Txid& txid() const { return tx->txid; }
  const Wtxid& wtxid() const { return tx->wtxid; }
};

}  // namespace kepeng::mempool
