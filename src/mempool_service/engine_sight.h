// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// EngineSight: the chain as of one tip, with coins that were fetched for many transactions at once. Private to
// mempool_service.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <kepeng/mempool/attempt.h>
#include <kepeng/validation/engine.h>

namespace kepeng::mempool_service {

class EngineSight final : public mempool::ChainSight {
 public:
  EngineSight(const validation::Engine& engine, const chain::Entry* tip)
      : engine_{engine}, tip_{tip}, line_{tip}, median_time_{tip->median_time_past()} {}

  const consensus::Ancestry& line() const override { return line_; }
  UnixTime median_time() const override { return median_time_; }
  // FaultKind::Busy when the chain has moved on: nothing that was read counts any more.
  Result<std::optional<mempool::OwnedCoin>, Fault> coin(const OutPoint& outpoint) const override;

  const chain::Entry* tip() const { return tip_; }
  // Coins that were read ahead, in one question, of this tip.
  void note(std::span<const OutPoint> outpoints, validation::Engine::CoinsAtTip coins);

 private:
  struct Hash {
    std::size_t operator()(const OutPoint& outpoint) const {
      return load_le<std::uint64_t>(outpoint.txid.bytes.data()) + outpoint.index * 0x9e3779b97f4a7c15ull;
    }
  };

  const validation::Engine& engine_;
  const chain::Entry* tip_;
  chain::EntryAncestry line_;
  UnixTime median_time_;
  boost::unordered_flat_map<OutPoint, std::optional<mempool::OwnedCoin>, Hash> known_;
};

}  // namespace kepeng::mempool_service
