// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Entry: a transaction in the mempool, and what was found out when it came in. Changed by the pool alone.
#pragma once

#include <kepeng/base/time.h>
#include <kepeng/cluster/fee_size.h>
#include <kepeng/primitives/packed_transaction.h>

namespace kepeng::mempool {

class Cluster;

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

  cluster::FeeSize worth() const { return {modified_fee.sats, weight}; }
  const Txid& txid() const { return tx->txid; }
  const Wtxid& wtxid() const { return tx->wtxid; }
};

}  // namespace kepeng::mempool
